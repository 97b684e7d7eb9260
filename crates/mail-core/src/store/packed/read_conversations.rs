//! Finding conversations and their rows, as rows are found: pure, asked again with more records. A list of rows without
//! conversations counts as damage, so that whoever leads makes them; an earlier build left such lists.

use super::directory::{Directory, order};
use super::entry::Entry;
use super::item::Item;
use super::places::{self, Catalogue, EVERYWHERE, List, Shape, Shard};
use super::read::{Damage, Found, Seen, directory as rows_directory, take, take_at};
use super::records::Key;
use crate::arranged::arranged;
use crate::id::ConversationId;
use crate::store::{Rank, RowKey, StoreError};

fn catalogue(seen: &Seen, missing: &mut Vec<Key>) -> Result<Option<Catalogue>, StoreError> {
    Catalogue::decode(seen.record(places::catalogue(), missing))
}

/// The directory of a list of conversations, if it has one.
pub(super) fn directory(
    list: &List,
    seen: &Seen,
    missing: &mut Vec<Key>,
    found: &mut Found,
) -> Result<Option<Directory<Entry>>, StoreError> {
    let record = seen.record(places::conversations(list), missing);
    let has_rows = catalogue(seen, missing)?.is_some_and(|known| match list {
        Some(_) => known.number(list).is_some(),
        None => known.folders().next().is_some(),
    });
    let directory = record.map(Directory::decode).transpose()?.flatten();
    let fits = |directory: &Directory<Entry>| (directory.tree == EVERYWHERE) == list.is_none();
    let directory = directory.filter(fits);
    if missing.is_empty() && directory.is_none() && (has_rows || record.is_some()) {
        found.damaged(Damage::Conversations);
    }
    Ok(directory)
}

/// The conversations of a list from a place on, and where keys stand.
pub(super) fn window(
    list: &List,
    (mut skip, mut limit): (u32, u32),
    keys: &[RowKey],
    seen: &Seen,
    missing: &mut Vec<Key>,
    found: &mut Found,
) -> Result<(), StoreError> {
    if list.is_some() {
        // Asked for together with the rest, because the rows of the latest messages are needed in the end.
        seen.record(places::directory(list), missing);
    }
    let Some(directory) = directory(list, seen, missing, found)? else {
        found.ranks = vec![Rank::default(); keys.len()];
        return Ok(());
    };
    found.count = directory.count();
    for key in keys {
        let rank = rank(&directory, key, seen, missing, found)?;
        found.ranks.push(rank);
    }
    let mut shown: Vec<Box<Entry>> = Vec::new();
    for leaf in &directory.leaves {
        if skip >= leaf.count {
            skip -= leaf.count;
            continue;
        }
        if limit == 0 {
            break;
        }
        let taken = limit.min(leaf.count - skip);
        let before = missing.len();
        let record = seen.record(Entry::leaf(directory.tree, leaf.number), missing);
        if missing.len() == before {
            match leaf.read_all(record)? {
                Some(entries) => {
                    shown.extend(entries.into_iter().skip(skip as usize).take(taken as usize));
                }
                None => found.damaged(Damage::Conversations),
            }
        }
        limit -= taken;
        skip = 0;
    }
    let Some(catalogue) = catalogue(seen, missing)?.filter(|_| missing.is_empty()) else { return Ok(()) };
    let ids: Vec<&[u8]> = shown.iter().filter_map(|entry| Some(entry.latest()?.place().1)).collect();
    let ids = arranged(ids, |id| (0, id));
    let mut wanted = |id: &[u8], _: &[u8]| ids.binary_search(&id).is_ok();
    let latest = shown.iter().filter_map(|entry| entry.latest()).map(|voice| (voice.tree, voice.place()));
    take_at(latest, &catalogue, &mut wanted, seen, missing, found)?;
    let rows = arranged(std::mem::take(&mut found.rows), |row| (0, row.id.as_str().as_bytes()));
    for entry in shown {
        let latest = entry.latest().map(|voice| voice.id.as_str()).unwrap_or_default();
        match rows.binary_search_by(|row| row.id.as_str().cmp(latest)).ok().and_then(|at| rows.get(at)) {
            Some(row) => {
                found.conversations.push(entry.show(row));
                found.rows.push(row.clone());
            }
            None if missing.is_empty() && found.damage.is_none() => found.damaged(Damage::Conversations),
            None => {}
        }
    }
    Ok(())
}

/// Where a key stands: the directory counts the leaves before it, and one leaf is looked through.
fn rank(
    directory: &Directory<Entry>,
    key: &RowKey,
    seen: &Seen,
    missing: &mut Vec<Key>,
    found: &mut Found,
) -> Result<Rank, StoreError> {
    let at = (key.received.millis(), key.id.as_str().as_bytes());
    let index = directory.find(at);
    let before = directory.leaves.iter().take(index).fold(0, |sum: u32, leaf| sum.saturating_add(leaf.count));
    let mut rank = Rank { place: before, listed: false };
    let Some(leaf) = directory.leaves.get(index) else { return Ok(rank) };
    let known = missing.len();
    let record = seen.record(Entry::leaf(directory.tree, leaf.number), missing);
    if missing.len() != known {
        return Ok(rank);
    }
    let Some(entries) = leaf.read_all(record)? else {
        found.damaged(Damage::Conversations);
        return Ok(rank);
    };
    let behind = entries.partition_point(|entry| order(entry.place(), at).is_lt());
    rank.listed = entries.get(behind).is_some_and(|entry| entry.place() == at);
    rank.place = before.saturating_add(u32::try_from(behind).unwrap_or(u32::MAX));
    Ok(rank)
}

/// The rows of these conversations, which are in order.
pub(super) fn rows(
    ids: &[ConversationId],
    shape: &Shape,
    seen: &Seen,
    missing: &mut Vec<Key>,
    found: &mut Found,
) -> Result<(), StoreError> {
    let Some(catalogue) = catalogue(seen, missing)? else {
        found.damaged(Damage::Everything);
        return Ok(());
    };
    let mut hashes: Vec<(u64, u64)> = Vec::new();
    for hash in ids.iter().map(|id| shape.shard_of(id.as_str().as_bytes())) {
        if let Err(at) = hashes.binary_search(&hash) {
            hashes.insert(at, hash);
        }
    }
    // Each shard is read once. Places by list, so that each leaf is passed once.
    let mut shard: Option<(u64, Shard)> = None;
    let mut places: Vec<(u32, i64)> = Vec::new();
    for (number, hash) in &hashes {
        if shard.as_ref().is_none_or(|known| known.0 != *number) {
            match Shard::decode(seen.record(places::members(*number), missing))? {
                Some(known) => shard = Some((*number, known)),
                None => {
                    found.damaged(Damage::Conversations);
                    return Ok(());
                }
            }
        }
        let known = shard.as_ref().map_or(&[][..], |(_, shard)| shard.of(*hash));
        let alive = known.iter().filter(|place| catalogue.is_folder(place.tree));
        // They come in order as a rule.
        for place in alive.map(|place| (place.tree, place.received)) {
            places.insert(places.partition_point(|known| *known <= place), place);
        }
    }
    if !missing.is_empty() {
        return Ok(());
    }
    let mut counted = 0;
    let mut wanted = |_: &[u8], key: &[u8]| {
        counted += usize::from(hashes.binary_search(&shape.shard_of(key)).is_ok());
        ids.binary_search_by(|id| id.as_str().as_bytes().cmp(key)).is_ok()
    };
    for of_tree in places.chunk_by(|one, other| one.0 == other.0) {
        let Some((tree, _)) = of_tree.first() else { continue };
        let Some(list) = catalogue.list(*tree) else { continue };
        let Some(directory) = rows_directory(list, Some(*tree), seen, missing, found)? else { continue };
        let mut leaves: Vec<usize> = Vec::new();
        for (_, received) in of_tree {
            for leaf in directory.spanned(*received) {
                if let Err(at) = leaves.binary_search(&leaf) {
                    leaves.insert(at, leaf);
                }
            }
        }
        for leaf in leaves.into_iter().filter_map(|index| directory.leaves.get(index)) {
            take(list, *tree, leaf, &mut wanted, seen, missing, found)?;
        }
    }
    if missing.is_empty() && found.damage.is_none() && counted != places.len() {
        found.damaged(Damage::Conversations);
    }
    found.rows = arranged(std::mem::take(&mut found.rows), |row| (row.received.millis(), row.id.as_str().as_bytes()));
    Ok(())
}

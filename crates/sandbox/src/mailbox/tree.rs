//! The tree of folders: making, renaming, moving and deleting them.
//! Distinguished folders stay where they are, and two children of one folder never share a name.

use crate::mailbox::Mailbox;
use crate::mailbox::changes::FolderChange;
use crate::mailbox::folder::Folder;

/// Exchange takes folder names of this many characters.
const LONGEST_NAME: usize = 255;

/// Why a folder cannot be made, renamed or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FolderRefusal {
    Unknown,
    Exists,
    /// A distinguished folder keeps its name and cannot be deleted.
    Distinguished,
    /// A distinguished folder stays where it is.
    Unmovable,
    BadName,
    /// A folder cannot go into itself or below itself.
    IntoItself,
    /// A search folder holds nothing of its own.
    NoPlace,
}

impl Mailbox {
    /// Makes a folder under a parent.
    pub(crate) fn create_folder(&mut self, name: &str, parent: &str, hidden: bool) -> Result<String, FolderRefusal> {
        self.check_place(parent)?;
        self.check_name(name, parent, None)?;
        Ok(self.add_own_folder(name, parent, hidden))
    }

    fn add_own_folder(&mut self, name: &str, parent: &str, hidden: bool) -> String {
        let key = format!("own {} {name}", self.change);
        let id = self.add_folder(name, Some(parent.to_owned()), hidden, None, &key);
        self.note_folder(parent, false);
        id
    }

    pub(crate) fn rename_folder(&mut self, id: &str, name: &str) -> Result<(), FolderRefusal> {
        let folder = self.folders.get(id).ok_or(FolderRefusal::Unknown)?;
        if folder.name == name {
            return Ok(());
        }
        if folder.well_known.is_some() {
            return Err(FolderRefusal::Distinguished);
        }
        let parent = folder.parent.clone().unwrap_or_default();
        self.check_name(name, &parent, Some(id))?;
        if let Some(folder) = self.folders.get_mut(id) {
            name.clone_into(&mut folder.name);
        }
        self.change += 1;
        self.note_folder(id, false);
        Ok(())
    }

    /// Gives a folder extended properties, those it has aside.
    pub(crate) fn mark_folder(&mut self, id: &str, properties: Vec<(String, String)>) {
        if properties.is_empty() {
            return;
        }
        if let Some(folder) = self.folders.get_mut(id) {
            folder.extended.extend(properties);
        }
        self.change += 1;
        self.note_folder(id, false);
    }

    /// Puts a folder under another parent.
    pub(crate) fn move_folder(&mut self, id: &str, parent: &str) -> Result<(), FolderRefusal> {
        let folder = self.folders.get(id).ok_or(FolderRefusal::Unknown)?;
        if folder.well_known.is_some() {
            return Err(FolderRefusal::Unmovable);
        }
        let name = folder.name.clone();
        self.check_target(id, parent)?;
        self.check_name(&name, parent, Some(id))?;
        self.hang(id, &name, parent);
        Ok(())
    }

    /// Hangs a folder under a parent, where nothing speaks against it.
    fn hang(&mut self, id: &str, name: &str, parent: &str) {
        let mut before = None;
        if let Some(folder) = self.folders.get_mut(id) {
            before = folder.parent.replace(parent.to_owned());
            name.clone_into(&mut folder.name);
        }
        self.change += 1;
        for touched in [Some(id.to_owned()), before, Some(parent.to_owned())].into_iter().flatten() {
            self.note_folder(&touched, false);
        }
        self.search_everywhere();
    }

    /// Copies a folder with all that is in it and below it; the answer is the copy's id.
    pub(crate) fn copy_folder(&mut self, id: &str, parent: &str, now_ms: i64) -> Result<String, FolderRefusal> {
        let folder = self.folders.get(id).ok_or(FolderRefusal::Unknown)?;
        let name = folder.name.clone();
        if folder.search.is_some() {
            return Err(FolderRefusal::NoPlace);
        }
        self.check_target(id, parent)?;
        self.check_name(&name, parent, None)?;
        Ok(self.copy_tree(id, parent, now_ms))
    }

    fn copy_tree(&mut self, id: &str, parent: &str, now_ms: i64) -> String {
        let Some(folder) = self.folders.get(id) else {
            return String::new();
        };
        let (name, hidden, extended) = (folder.name.clone(), folder.hidden, folder.extended.clone());
        let keys: Vec<u64> = folder.rows.iter().map(|(_, key)| *key).collect();
        let children = self.children_of(id);
        let copy = self.add_own_folder(&name, parent, hidden);
        if let Some(folder) = self.folders.get_mut(&copy) {
            folder.extended = extended;
        }
        for key in keys {
            if let Some(mut twin) = self.messages.get(&key).cloned() {
                twin.submitted = false;
                self.insert(twin, &copy, now_ms);
            }
        }
        for child in children {
            if self.folders.get(&child).is_some_and(|folder| folder.search.is_none()) {
                self.copy_tree(&child, &copy, now_ms);
            }
        }
        copy
    }

    /// Deletes a folder: it goes under Deleted Items, and for good from there.
    pub(crate) fn delete_folder(&mut self, id: &str) -> Result<(), FolderRefusal> {
        let folder = self.folders.get(id).ok_or(FolderRefusal::Unknown)?;
        if folder.well_known.is_some() {
            return Err(FolderRefusal::Distinguished);
        }
        let bin = self.folder_id("deleteditems").unwrap_or_default();
        if folder.search.is_some() || self.is_within(id, &bin) {
            self.purge_tree(id);
            return Ok(());
        }
        let name = folder.name.clone();
        let free = (0..)
            .map(|turn: u32| if turn == 0 { name.clone() } else { format!("{name}{turn}") })
            .find(|name| !self.is_taken(name, &bin, None))
            .unwrap_or(name);
        self.hang(id, &free, &bin);
        Ok(())
    }

    /// Deletes a folder with all that is in it and below it, for good.
    pub(crate) fn purge_folder(&mut self, id: &str) -> Result<(), FolderRefusal> {
        let folder = self.folders.get(id).ok_or(FolderRefusal::Unknown)?;
        if folder.well_known.is_some() {
            return Err(FolderRefusal::Distinguished);
        }
        self.purge_tree(id);
        Ok(())
    }

    fn purge_tree(&mut self, id: &str) {
        for child in self.children_of(id) {
            self.purge_tree(&child);
        }
        let keys: Vec<u64> = self
            .folders
            .get(id)
            .filter(|folder| folder.search.is_none())
            .map(|folder| folder.rows.iter().map(|(_, key)| *key).collect())
            .unwrap_or_default();
        for key in keys {
            self.remove(key);
        }
        self.searches.retain(|search| search != id);
        self.change += 1;
        self.note_folder(id, true);
        let parent = self.folders.remove(id).and_then(|folder| folder.parent);
        if let Some(parent) = parent {
            self.note_folder(&parent, false);
        }
    }

    fn children_of(&self, id: &str) -> Vec<String> {
        self.folders
            .values()
            .filter(|folder| folder.parent.as_deref() == Some(id))
            .map(|folder| folder.id.clone())
            .collect()
    }

    /// Whether a folder is another one or lies somewhere below it.
    pub(crate) fn is_within(&self, id: &str, above: &str) -> bool {
        let mut at = Some(id.to_owned());
        while let Some(here) = at {
            if here == above {
                return true;
            }
            at = self.folders.get(&here).and_then(|folder| folder.parent.clone());
        }
        false
    }

    /// Refuses what cannot hold folders.
    fn check_place(&self, parent: &str) -> Result<(), FolderRefusal> {
        let place = self.folders.get(parent).ok_or(FolderRefusal::Unknown)?;
        if place.search.is_some() { Err(FolderRefusal::NoPlace) } else { Ok(()) }
    }

    /// Refuses to bring a folder to a place that cannot hold it.
    fn check_target(&self, id: &str, parent: &str) -> Result<(), FolderRefusal> {
        self.check_place(parent)?;
        if self.is_within(parent, id) { Err(FolderRefusal::IntoItself) } else { Ok(()) }
    }

    fn check_name(&self, name: &str, parent: &str, own: Option<&str>) -> Result<(), FolderRefusal> {
        if name.trim().is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(FolderRefusal::BadName);
        }
        if self.is_taken(name, parent, own) { Err(FolderRefusal::Exists) } else { Ok(()) }
    }

    /// Whether a child of the parent, the folder `own` aside, has this name in any case.
    fn is_taken(&self, name: &str, parent: &str, own: Option<&str>) -> bool {
        let name = name.to_lowercase();
        self.folders.values().any(|folder| {
            folder.parent.as_deref() == Some(parent)
                && Some(folder.id.as_str()) != own
                && folder.name.to_lowercase() == name
        })
    }

    pub(super) fn add_folder(
        &mut self,
        name: &str,
        parent: Option<String>,
        hidden: bool,
        well_known: Option<&'static str>,
        key: &str,
    ) -> String {
        let id = self.folder_name(key);
        self.change += 1;
        let folder = Folder::new(&id, name, parent, hidden, well_known);
        self.folders.insert(id.clone(), folder);
        self.note_folder(&id, false);
        id
    }

    pub(super) fn note_folder(&mut self, id: &str, removed: bool) {
        if self.recording {
            let change = FolderChange { at: self.change, removed };
            self.folder_changes.insert(id.to_owned(), change);
        }
    }
}

//! The tree of folders: making, renaming, moving and deleting them.
//! Distinguished folders stay where they are, and two children of one folder never share a name.

use crate::mailbox::Mailbox;
use crate::mailbox::changes::FolderChange;
use crate::mailbox::folder::Folder;

/// Why a folder cannot be made, renamed or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FolderRefusal {
    Unknown,
    Exists,
    Distinguished,
    BadName,
}

impl Mailbox {
    /// Makes a folder under a parent.
    pub(crate) fn create_folder(&mut self, name: &str, parent: &str, hidden: bool) -> Result<String, FolderRefusal> {
        self.check_name(name, parent)?;
        let key = format!("own {} {name}", self.change);
        let id = self.add_folder(name, Some(parent.to_owned()), hidden, None, &key);
        self.note_folder(parent, false);
        Ok(id)
    }

    pub(crate) fn rename_folder(&mut self, id: &str, name: &str) -> Result<(), FolderRefusal> {
        let folder = self.folders.get(id).ok_or(FolderRefusal::Unknown)?;
        if folder.well_known.is_some() {
            return Err(FolderRefusal::Distinguished);
        }
        if folder.name != name {
            let parent = folder.parent.clone().unwrap_or_default();
            self.check_name(name, &parent)?;
        }
        if let Some(folder) = self.folders.get_mut(id) {
            name.clone_into(&mut folder.name);
        }
        self.change += 1;
        self.note_folder(id, false);
        Ok(())
    }

    /// Puts a folder under another parent.
    pub(crate) fn move_folder(&mut self, id: &str, parent: &str) -> Result<(), FolderRefusal> {
        let folder = self.folders.get(id).ok_or(FolderRefusal::Unknown)?;
        if folder.well_known.is_some() || self.is_within(parent, id) {
            return Err(FolderRefusal::Distinguished);
        }
        let (name, before) = (folder.name.clone(), folder.parent.clone());
        self.check_name(&name, parent)?;
        if let Some(folder) = self.folders.get_mut(id) {
            folder.parent = Some(parent.to_owned());
        }
        self.change += 1;
        for touched in [Some(id.to_owned()), before, Some(parent.to_owned())].into_iter().flatten() {
            self.note_folder(&touched, false);
        }
        Ok(())
    }

    /// Deletes a folder: it goes under Deleted Items, and for good from there.
    pub(crate) fn delete_folder(&mut self, id: &str) -> Result<(), FolderRefusal> {
        let folder = self.folders.get(id).ok_or(FolderRefusal::Unknown)?;
        if folder.well_known.is_some() {
            return Err(FolderRefusal::Distinguished);
        }
        let bin = self.folder_id("deleteditems").unwrap_or_default();
        if !self.is_within(id, &bin) {
            let taken = FolderRefusal::Exists;
            return match self.move_folder(id, &bin) {
                Err(refusal) if refusal == taken => {
                    self.purge_folder(id);
                    Ok(())
                }
                other => other,
            };
        }
        self.purge_folder(id);
        Ok(())
    }

    fn purge_folder(&mut self, id: &str) {
        let children: Vec<String> = self
            .folders
            .values()
            .filter(|folder| folder.parent.as_deref() == Some(id))
            .map(|folder| folder.id.clone())
            .collect();
        for child in children {
            self.purge_folder(&child);
        }
        let keys: Vec<u64> =
            self.folders.get(id).map(|folder| folder.rows.iter().map(|(_, key)| *key).collect()).unwrap_or_default();
        for key in keys {
            self.remove(key);
        }
        self.change += 1;
        self.note_folder(id, true);
        let parent = self.folders.remove(id).and_then(|folder| folder.parent);
        if let Some(parent) = parent {
            self.note_folder(&parent, false);
        }
    }

    /// Whether a folder is another one or lies somewhere below it.
    fn is_within(&self, id: &str, above: &str) -> bool {
        let mut at = Some(id.to_owned());
        while let Some(here) = at {
            if here == above {
                return true;
            }
            at = self.folders.get(&here).and_then(|folder| folder.parent.clone());
        }
        false
    }

    fn check_name(&self, name: &str, parent: &str) -> Result<(), FolderRefusal> {
        if name.trim().is_empty() {
            return Err(FolderRefusal::BadName);
        }
        if !self.folders.contains_key(parent) {
            return Err(FolderRefusal::Unknown);
        }
        let taken = self.folders.values().any(|folder| {
            folder.parent.as_deref() == Some(parent) && folder.name.to_lowercase() == name.to_lowercase()
        });
        if taken {
            return Err(FolderRefusal::Exists);
        }
        Ok(())
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

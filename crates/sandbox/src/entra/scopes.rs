//! Scopes: what apps may ask for, in the words that people read before they agree.
//! Only delegated scopes of Graph and of Outlook are known, because a mail client asks for no others.

use crate::entra::failure::Failure;

/// A scope as the consent page shows it.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) meaning: &'static str,
    /// Whether only an administrator may ever grant it.
    pub(super) administrator: bool,
}

const fn known(name: &'static str, title: &'static str, meaning: &'static str) -> Known {
    Known { name, title, meaning, administrator: false }
}

const fn high(name: &'static str, title: &'static str, meaning: &'static str) -> Known {
    Known { name, title, meaning, administrator: true }
}

/// Scopes that are for the sign-in service and not for a resource.
const SIGN_IN: [&str; 4] = ["openid", "profile", "offline_access", "email"];

#[rustfmt::skip]
const KNOWN: [Known; 48] = [
    known("openid", "Sign you in", "Allows the app to know who you are."),
    known("profile", "View your basic profile", "Allows the app to see your name and your user name."),
    known("email", "View your email address", "Allows the app to read your primary email address."),
    known("offline_access", "Maintain access to data you have given it access to", "Allows the app to see and update the data even when you are not using it. This gives no more permissions."),
    known("User.Read", "Sign you in and read your profile", "Allows you to sign in to the app with your work account and lets the app read your profile."),
    known("User.ReadWrite", "Read and update your profile", "Allows the app to read your profile, and to change it."),
    known("User.ReadBasic.All", "Read all users' basic profiles", "Allows the app to read names and addresses of the people of your organization."),
    high("User.Read.All", "Read all users' full profiles", "Allows the app to read everything the directory holds about the people of your organization."),
    high("User.ReadWrite.All", "Read and write all users' full profiles", "Allows the app to change everything the directory holds about the people of your organization."),
    high("Directory.Read.All", "Read directory data", "Allows the app to read users, groups and apps of your organization."),
    high("Directory.ReadWrite.All", "Read and write directory data", "Allows the app to change users, groups and apps of your organization."),
    high("Group.Read.All", "Read all groups", "Allows the app to list groups and to read what they hold."),
    high("Group.ReadWrite.All", "Read and write all groups", "Allows the app to make groups and to change what they hold."),
    known("ProfilePhoto.ReadWrite", "Read and write your photo", "Allows the app to read your photo, and to change it."),
    known("Mail.Read", "Read your mail", "Allows the app to read your email."),
    known("Mail.ReadBasic", "Read your basic mail", "Allows the app to read your email without its body and attachments."),
    known("Mail.ReadWrite", "Read and write access to your mail", "Allows the app to create, read, update and delete your email. It does not include sending mail."),
    known("Mail.Send", "Send mail as you", "Allows the app to send mail as you."),
    known("Mail.Read.Shared", "Read mail you can access", "Allows the app to read mail that others shared with you."),
    known("Mail.ReadBasic.Shared", "Read basic mail you can access", "Allows the app to read mail that others shared with you, without bodies."),
    known("Mail.ReadWrite.Shared", "Read and write mail you can access", "Allows the app to change mail that others shared with you."),
    known("Mail.Send.Shared", "Send mail on behalf of others or yourself", "Allows the app to send mail as you, and for those who let you."),
    known("MailboxSettings.Read", "Read your mailbox settings", "Allows the app to read your mailbox settings."),
    known("MailboxSettings.ReadWrite", "Read and write to your mailbox settings", "Allows the app to read and change your mailbox settings. It does not include sending mail."),
    known("MailboxFolder.Read", "Read your mailbox folders", "Allows the app to read the names of your mailbox folders."),
    known("MailboxFolder.ReadWrite", "Read and write your mailbox folders", "Allows the app to read and change your mailbox folders."),
    known("MailboxItem.Read", "Read your mailbox items", "Allows the app to read items of your mailbox."),
    known("Calendars.Read", "Read your calendars", "Allows the app to read events in your calendars."),
    known("Calendars.ReadBasic", "Read basic details of your calendars", "Allows the app to read events without bodies and attachments."),
    known("Calendars.ReadWrite", "Have full access to your calendars", "Allows the app to create, read, update and delete events in your calendars."),
    known("Calendars.Read.Shared", "Read calendars you can access", "Allows the app to read calendars that others shared with you."),
    known("Calendars.ReadWrite.Shared", "Read and write calendars you can access", "Allows the app to change calendars that others shared with you."),
    known("Contacts.Read", "Read your contacts", "Allows the app to read your contacts."),
    known("Contacts.ReadWrite", "Have full access to your contacts", "Allows the app to create, read, update and delete your contacts."),
    known("Contacts.Read.Shared", "Read contacts you can access", "Allows the app to read contacts that others shared with you."),
    known("Contacts.ReadWrite.Shared", "Read and write contacts you can access", "Allows the app to change contacts that others shared with you."),
    known("People.Read", "Read your relevant people list", "Allows the app to read a list of the people who matter most to you."),
    high("People.Read.All", "Read all users' relevant people lists", "Allows the app to read the lists of relevant people of your organization."),
    known("Presence.Read", "Read your presence", "Allows the app to read whether you are available."),
    known("Presence.Read.All", "Read presence of everybody in your organization", "Allows the app to read whether others are available."),
    known("Files.Read", "Read your files", "Allows the app to read your files."),
    known("Files.ReadWrite", "Have full access to your files", "Allows the app to read, create, update and delete your files."),
    known("Tasks.Read", "Read your tasks", "Allows the app to read your tasks."),
    known("Tasks.ReadWrite", "Create, read, update and delete your tasks", "Allows the app to change your tasks."),
    known("Notes.Read", "Read your notebooks", "Allows the app to read your notebooks."),
    known("Chat.Read", "Read your chats", "Allows the app to read your chats."),
    known("OnlineMeetings.ReadWrite", "Read and create online meetings", "Allows the app to read and create online meetings as you."),
    known("IMAP.AccessAsUser.All", "Read and write your mail by IMAP", "Allows the app to read and change your mail through IMAP."),
];

/// What a scope gives access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    SignIn,
    Graph,
    /// A resource beside Graph, whose tokens Graph must refuse.
    Outlook,
}

/// The name of a scope without its resource.
pub(super) fn short(scope: &str) -> &str {
    scope.rsplit('/').next().unwrap_or(scope)
}

/// A scope in the words people read; none for `.default` and names nobody knows.
pub(super) fn find(scope: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name.eq_ignore_ascii_case(short(scope)))
}

/// Whether a scope opens mail, calendars or contacts, for which Microsoft's own policy wants an administrator.
pub(super) fn is_exchange(scope: &str) -> bool {
    let name = short(scope);
    ["Mail", "Calendars", "Contacts", "IMAP"].iter().any(|word| name.get(..word.len()) == Some(*word))
}

pub(super) fn is_sign_in(scope: &str) -> bool {
    SIGN_IN.iter().any(|name| name.eq_ignore_ascii_case(scope))
}

/// What a scope is for, by the resource before its last slash.
pub(super) fn resource(scope: &str, graph: &str) -> Result<Resource, Failure> {
    let Some((resource, _)) = scope.rsplit_once('/') else {
        return Ok(if is_sign_in(scope) { Resource::SignIn } else { Resource::Graph });
    };
    let resource = resource.trim_end_matches('/');
    let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(resource));
    if is(&[graph, "https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"]) {
        Ok(Resource::Graph)
    } else if is(&["https://outlook.office.com", "https://outlook.office365.com"]) {
        Ok(Resource::Outlook)
    } else {
        Err(Failure::ResourceUnknown(resource.to_owned()))
    }
}

/// The scopes of a request, checked; where it is empty the answer is too.
pub(super) fn read(text: &str, graph: &str) -> Result<Vec<String>, Failure> {
    let scopes: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let mut all = false;
    let mut single = false;
    for scope in &scopes {
        let resource = resource(scope, graph)?;
        if short(scope) == ".default" {
            all = true;
        } else if find(scope).is_none() {
            return Err(Failure::ScopeNamesNothing(short(scope).to_owned()));
        } else if resource != Resource::SignIn {
            single = true;
        }
    }
    // `.default` means what was granted before; naming more beside it contradicts that.
    if all && single { Err(Failure::ScopeInvalid) } else { Ok(scopes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_named_once_and_explained() {
        let mut names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN.len());
        assert!(KNOWN.iter().all(|known| known.meaning.ends_with('.') && !known.title.is_empty()));
    }

    #[test]
    fn a_scope_belongs_to_the_resource_before_its_name() {
        let graph = "http://localhost:8082";
        assert_eq!(resource("openid", graph).ok(), Some(Resource::SignIn));
        assert_eq!(resource("Mail.Read", graph).ok(), Some(Resource::Graph));
        assert_eq!(resource("http://localhost:8082/Mail.Read", graph).ok(), Some(Resource::Graph));
        assert_eq!(resource("https://outlook.office.com/Mail.Read", graph).ok(), Some(Resource::Outlook));
        assert!(resource("https://elsewhere.example/Mail.Read", graph).is_err());
    }
}

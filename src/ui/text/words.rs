//! Fixed words: names of things, labels of buttons, and sentences that never vary.

macro_rules! words {
    ($($name:ident = $words:literal;)*) => { $(pub(in crate::ui) const $name: &str = $words;)* };
}

words! {
    PETREL = "Petrel";
    SKIP = "Skip to messages";
    LOADING = "Loading";

    SIGN_IN = "Sign in";
    SIGN_IN_BUSY = "Signing in…";
    SIGN_IN_PROMISE = "Your Microsoft 365 mail, fast and at hand, online or not.";
    SIGN_IN_HOW = "Microsoft signs you in. Your mail is kept on this device only.";

    CONFIG_TITLE = "Petrel is not set up correctly";
    CONFIG_REST = "Once it is corrected, load this page again.";
    STORE_TITLE = "Petrel cannot keep mail in this browser";
    STORE_WHY = "The browser does not let this page store anything, so mail could not be kept on this device.";
    STORE_HOW = "Leave private browsing, allow this site to store data, or free some disk space. Then load the page again.";
    RELOAD = "Load again";

    NEW_MESSAGE = "New message";
    SIGN_OUT = "Sign out";
    FOLDERS = "Folders";
    CLOSE_FOLDERS = "Close folders";
    MESSAGES = "Messages";
    MESSAGE = "Message";
    MESSAGE_ACTIONS = "Message actions";
    BACK_TO_LIST = "Back to list";
    GROUP = "Group by conversation";
    ME = "me";

    ARCHIVE = "Archive";
    DELETE = "Delete";
    FLAG = "Flag";
    CLEAR_FLAG = "Clear flag";
    MARK_READ = "Mark read";
    MARK_UNREAD = "Mark unread";
    REPLY = "Reply";
    REPLY_ALL = "Reply all";
    UNDO = "Undo";
    DISMISS = "Dismiss";
    RETRY = "Retry";
    SEND_AGAIN = "Send again";

    NO_SUBJECT = "(No subject)";
    NOBODY = "(Unknown sender)";
    NO_RECIPIENT = "(No recipient)";
    FLAGGED = "Flagged";
    HIGH_IMPORTANCE = "High importance";
    INVITATION = "Invitation";
    INVITATION_ANSWER = "Answer to an invitation";
    DRAFT = "Draft";
    ATTACHMENTS = "Attachments";

    NOTHING_OPEN = "No message open";
    NOTHING_OPEN_HOW = "Choose one from the list, or press j and k to walk through it.";
    EMPTY_INBOX = "All done";
    EMPTY_INBOX_MORE = "Nothing is left in your inbox.";
    EMPTY_FOLDER = "Nothing here";
    EMPTY_FOLDER_MORE = "This folder has no messages.";
    NOT_HERE_YET = "Not on this device yet";
    NOT_HERE_OFFLINE = "This folder will load when you are online.";
    NOT_HERE_SIGNED_OUT = "Sign in again to load this folder.";

    REMOTE_IMAGES = "Remote images are not loaded";
    BODY_OFFLINE = "This message is not on this device yet. It will load when you are online.";
    BODY_REFUSED = "This message could not be loaded.";

    UP_TO_DATE = "Up to date";
    POLLING = "Checking every 30 s (live link unavailable)";
    OFFLINE = "Offline · showing what is on this device";
    SIGNED_OUT = "Signed out · Sign in again to keep syncing";
    CHECK_NOW = "Check for mail now";
    RELOAD_FOR_UPDATE = "Reload for update";
    OUTBOX = "Outbox";
    SHOW_OUTBOX = "Show outbox";
    HIDE_OUTBOX = "Hide outbox";

    SIGN_OUT_TITLE = "Sign out with unsent mail?";
    SIGN_OUT_WARNING = "Signing out removes everything Petrel keeps on this device, and what waits here would be lost:";
    DRAFT_ONLY_HERE = "A draft that is kept on this device only";
    SIGN_OUT_ANYWAY = "Sign out anyway";
    STAY = "Stay";

    TO = "To";
    CC = "Cc";
    SUBJECT = "Subject";
    BODY = "Message body";
    SEND = "Send";
    DISCARD = "Discard";
    CLOSE_COMPOSER = "Close and keep draft";
    RECIPIENTS_EXAMPLE = "name@example.com, another@example.com";
    SAVED = "Saved on this device";
    DOWNLOAD = "Download";
    CLOUD_LINK = "A link to the cloud: open it in Outlook";
    SEND_HINT = "Send (Ctrl+Enter)";
    NO_RECIPIENTS = "Add at least one recipient.";

    EVICTED = "This browser has removed the mail Petrel kept on this device. Sign in and it comes again; what was not sent yet cannot be brought back.";

    STORAGE = "Storage";
    STORAGE_USED = "Room taken on this device";
    STORAGE_BODIES = "Messages";
    STORAGE_FILES = "Attachments";
    STORAGE_ROWS = "Lists";
    STORAGE_OWN = "Outbox and drafts";
    STORAGE_REST = "The app and the rest";
    STORAGE_BY_FOLDER = "By folder";
    STORAGE_KEPT = "The browser keeps this until you remove it.";
    STORAGE_NOT_KEPT = "The browser may remove this when the device runs short of room. Installing Petrel makes that less likely.";
    KEEP_LABEL = "Keep messages of";
    KEEP_WEEK = "the last 7 days";
    KEEP_MONTH = "the last 30 days";
    KEEP_QUARTER = "the last 90 days";
    KEEP_YEAR = "the last year";
    KEEP_EVERYTHING = "any age";
    FREE_SPACE = "Free space";
    FREE_SPACE_HOW = "Free space keeps the last 7 days on this device, without attachments. The rest loads again when you open it.";

    KEYBOARD_SHORTCUTS = "Keyboard shortcuts";
    CLOSE = "Close";
}

/// Why a recipient was not understood, naming what was typed.
pub(in crate::ui) fn bad_recipient(typed: &str) -> String {
    format!("“{typed}” is not an e-mail address.")
}

/// How much is taken of what is granted.
pub(in crate::ui) fn of_quota(usage: &str, quota: &str) -> String {
    format!("{usage} of {quota}")
}

/// What freeing space came to; `size` is `bytes` as people read it.
pub(in crate::ui) fn freed(bytes: u64, size: &str) -> String {
    if bytes == 0 { "Nothing to free.".to_owned() } else { format!("{size} freed.") }
}

/// A button's name with its key, for a tooltip.
pub(in crate::ui) fn with_key(name: &str, key: &str) -> String {
    format!("{name} ({key})")
}

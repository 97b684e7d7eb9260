//! The one set of icons: 20-pixel strokes drawn as inline SVG. They are decoration:
//! the name of a control is always in words.

use leptos::prelude::*;

/// A drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Icon {
    Inbox,
    Draft,
    Sent,
    Archive,
    Trash,
    Junk,
    Folder,
    Outbox,
    Flag,
    FlagFilled,
    Paperclip,
    Reply,
    ReplyAll,
    Pencil,
    Menu,
    Back,
    Unread,
    Opened,
    Close,
    Check,
    Warning,
    Refresh,
    Undo,
    Keyboard,
    SignOut,
    Up,
    Image,
    Calendar,
    Conversation,
    Device,
}

impl Icon {
    const fn strokes(self) -> &'static str {
        match self {
            Self::Inbox => "M3 11.5h3.6l1.2 2h4.4l1.2-2H17M3 11.5 5 4.6h10l2 6.9v3.4a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z",
            Self::Draft => {
                "M11 3.5H5.5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1V8zM11 3.5V8h4.5M7.5 11h5M7.5 13.5h3"
            }
            Self::Sent => "M17 3 8.8 11.2M17 3l-5.2 14-3-5.8L3 8.2z",
            Self::Archive => {
                "M3.5 4h13a.5.5 0 0 1 .5.5v2.2a.5.5 0 0 1-.5.5h-13a.5.5 0 0 1-.5-.5V4.5a.5.5 0 0 1 .5-.5zM4.2 7.2V15a1 1 0 0 0 1 1h9.6a1 1 0 0 0 1-1V7.2M8.2 10.5h3.6"
            }
            Self::Trash => {
                "M3.5 5.5h13M8 5.5V4a.8.8 0 0 1 .8-.8h2.4a.8.8 0 0 1 .8.8v1.5M5 5.5l.7 10.4a1 1 0 0 0 1 .9h6.6a1 1 0 0 0 1-.9L15 5.5M8.3 8.8v4.7M11.7 8.8v4.7"
            }
            Self::Junk => "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM5.2 5.2l9.6 9.6",
            Self::Folder => "M3 5.5a1 1 0 0 1 1-1h3.6l1.7 2H16a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z",
            Self::Outbox => {
                "M3 11.5h3.6l1.2 2h4.4l1.2-2H17v3.4a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1zM10 10V3.5M7.3 6 10 3.3 12.7 6"
            }
            Self::Flag | Self::FlagFilled => "M5 17V3.5M5 4.2c3.2-1.6 5.8 1.6 10 0v7c-4.2 1.6-6.8-1.6-10 0",
            Self::Paperclip => {
                "m15.8 9.3-5.7 5.7a3.4 3.4 0 0 1-4.8-4.8l6-6a2.3 2.3 0 0 1 3.2 3.2l-5.9 6a1.1 1.1 0 0 1-1.6-1.6l5.4-5.4"
            }
            Self::Reply => "M8 4.5 3.5 9 8 13.5M3.5 9H12a4.5 4.5 0 0 1 4.5 4.5v2",
            Self::ReplyAll => "M10 4.5 5.5 9l4.5 4.5M5.5 9H13a4 4 0 0 1 4 4v2.5M6 4.5 1.5 9 6 13.5",
            Self::Pencil => "m12.8 4.2 3 3L7 16l-3.7.7L4 13zM11 6l3 3",
            Self::Menu => "M3.5 5.5h13M3.5 10h13M3.5 14.5h13",
            Self::Back => "M11.5 4.5 6 10l5.5 5.5",
            Self::Unread => {
                "M3 6a1 1 0 0 1 1-1h8M17 9v5.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6l7 5 3-2.1M16 3.7a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z"
            }
            Self::Opened => "M3 8.2 10 3.4l7 4.8v7.3a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1zM3.2 8.4l6.8 4.4 6.8-4.4",
            Self::Close => "m5 5 10 10M15 5 5 15",
            Self::Check => "m4 10.5 4 4 8-9",
            Self::Warning => "M10 3.2 17.5 16.3h-15zM10 8v4M10 14.2v.1",
            Self::Refresh => "M16 10a6 6 0 1 1-1.9-4.4M16.2 3v3.4h-3.4",
            Self::Undo => "M7 4 3.5 7.5 7 11M3.5 7.5H12a4.3 4.3 0 0 1 0 8.5H8",
            Self::Keyboard => {
                "M3 5.5h14a.5.5 0 0 1 .5.5v8a.5.5 0 0 1-.5.5H3a.5.5 0 0 1-.5-.5V6a.5.5 0 0 1 .5-.5zM5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1M6.5 11.7h7"
            }
            Self::SignOut => {
                "M12 4.5V4a.8.8 0 0 0-.8-.8H4.8A.8.8 0 0 0 4 4v12a.8.8 0 0 0 .8.8h6.4a.8.8 0 0 0 .8-.8v-.5M8.5 10H17M14.3 7.2 17 10l-2.7 2.8"
            }
            Self::Up => "M10 16V4.5M5.5 9 10 4.5 14.5 9",
            Self::Image => {
                "M4 4h12a.8.8 0 0 1 .8.8v10.4a.8.8 0 0 1-.8.8H4a.8.8 0 0 1-.8-.8V4.8A.8.8 0 0 1 4 4zM3.5 14l4-4 4 4 2-2 3 3M12.7 7.3h.1"
            }
            Self::Conversation => {
                "M4 3.5h8a1 1 0 0 1 1 1v5a1 1 0 0 1-1 1H7.5L5 13v-2.5H4a1 1 0 0 1-1-1v-5a1 1 0 0 1 1-1zM15.5 7.5h.5a1 1 0 0 1 1 1V14a1 1 0 0 1-1 1h-.5v2l-2.5-2h-3a1 1 0 0 1-1-1"
            }
            Self::Device => {
                "M4.5 11 6 4.8a1 1 0 0 1 1-.8h6a1 1 0 0 1 1 .8l1.5 6.2M4.5 11h11a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1zM13.5 13.5h.1"
            }
            Self::Calendar => {
                "M4 5h12a.8.8 0 0 1 .8.8v9.4a.8.8 0 0 1-.8.8H4a.8.8 0 0 1-.8-.8V5.8A.8.8 0 0 1 4 5zM3.2 8.5h13.6M6.7 3v3.5M13.3 3v3.5"
            }
        }
    }
}

/// A drawing that stays.
pub(in crate::ui) fn icon(icon: Icon) -> AnyView {
    icon_of(move || icon)
}

/// A drawing that follows the state.
pub(in crate::ui) fn icon_of(icon: impl Fn() -> Icon + Clone + Send + 'static) -> AnyView {
    let drawing = icon.clone();
    view! {
        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" data-filled=move || (icon() == Icon::FlagFilled).then_some("")>
            <path d=move || drawing().strokes() />
        </svg>
    }
    .into_any()
}

/// The product's sign: the storm bird over the sea.
pub(in crate::ui) fn logo() -> AnyView {
    view! {
        <svg class="logo" viewBox="0 0 512 512" aria-hidden="true">
            <rect class="logo-sky" width="512" height="512" rx="112" />
            <path class="logo-bird" d="M60 214c72-34 142-22 190 26 34-74 108-124 204-128-58 34-100 86-120 146-6 18-14 34-26 46l62 20-18 14 6 22c-42 2-82-12-108-40-20 4-42-4-58-22l-30-2 24-18C160 240 112 220 60 214z" />
            <path class="logo-sea" d="M0 408c43-30 85-30 128 0s85 30 128 0 85-30 128 0 85 30 128 0v-8a112 112 0 0 1-112 112H112A112 112 0 0 1 0 400z" />
        </svg>
    }
    .into_any()
}

//! What waits to be sent and what is stuck. A refusal opens the panel by itself: failure never lives only in
//! a word that fades.

use crate::state::{App, blocked, use_app};
use crate::ui::kit::{Icon, IconButton, Key, each, icon};
use crate::ui::text;
use leptos::prelude::*;
use mail_core::error::Reason;
use mail_core::id::{FolderId, MessageId, OpId};
use mail_core::outbox::{Act, Op, OpState};

/// Mails and changes that wait, and entries that are stuck.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    mails: u32,
    changes: u32,
    stuck: u32,
}

impl Counts {
    fn of(ops: &[Op]) -> Self {
        ops.iter().fold(Self::default(), |counts, op| match (&op.state, &op.act) {
            (OpState::Blocked(_), _) => Self { stuck: counts.stuck + 1, ..counts },
            (OpState::Waiting, Act::Send { .. }) => Self { mails: counts.mails + 1, ..counts },
            (OpState::Waiting, Act::Read { .. } | Act::Flag { .. } | Act::Move { .. }) => {
                Self { changes: counts.changes + 1, ..counts }
            }
        })
    }

    fn waiting(self) -> u32 {
        self.mails + self.changes
    }

    fn any(self) -> bool {
        self.waiting() + self.stuck > 0
    }
}

/// The footer's line about the outbox, and the panel behind it.
#[component]
pub(super) fn OutboxLine() -> AnyView {
    let app = use_app();
    let counts = Memo::new(move |_| app.outbox.with(|ops| Counts::of(ops)));
    // What the person chose holds until the number of stuck entries changes; then failures show themselves again.
    let chosen = RwSignal::new(None::<(u32, bool)>);
    let open = Memo::new(move |_| {
        let counts = counts.get();
        counts.any()
            && match chosen.get() {
                Some((stuck, open)) if stuck == counts.stuck => open,
                Some(_) | None => counts.stuck > 0,
            }
    });
    let toggle = move || chosen.set(Some((counts.get_untracked().stuck, !open.get_untracked())));
    let label = move || if open.get() { text::HIDE_OUTBOX } else { text::SHOW_OUTBOX };
    view! {
        <div class="outbox" hidden=move || !counts.get().any() data-stuck=move || (counts.get().stuck > 0).then_some("")>
            <span class="outbox-line" aria-live="polite" data-outbox-waiting=move || counts.get().waiting().to_string()>
                {move || text::waiting(counts.get().mails, counts.get().changes)}
            </span>
            {move || (counts.get().stuck > 0).then(|| view! {
                <span class="outbox-stuck">{icon(Icon::Warning)}{text::blocked_count(counts.get().stuck)}</span>
            })}
            <button type="button" class="icon-button small" aria-label=label title=label aria-expanded=move || open.get().to_string()
                on:click=move |_| toggle()>
                {icon(Icon::Outbox)}
            </button>
            {move || open.get().then(|| view! { <Panel counts on_close=move |()| toggle() /> })}
        </div>
    }
    .into_any()
}

#[component]
fn Panel(counts: Memo<Counts>, #[prop(into)] on_close: Callback<()>) -> AnyView {
    let app = use_app();
    let changes = move || counts.get().changes;
    view! {
        <section class="outbox-panel" aria-label=text::OUTBOX on:keydown=move |event| {
            if event.key() == "Escape" {
                event.prevent_default();
                on_close.run(());
            }
        }>
            <div class="outbox-head">
                <h2>{text::OUTBOX}</h2>
                <IconButton label=text::CLOSE glyph=Icon::Close class="small" on_press=on_close />
            </div>
            <ul>
                {each(
                    move || app.outbox.with(|ops| ops.iter().filter(|op| is_listed(op)).map(key).collect()),
                    move |wanted| {
                        let op = app.outbox.with_untracked(|ops| ops.iter().find(|op| key(op) == wanted).cloned());
                        op.map(|op| view! { <Entry op /> }).into_any()
                    },
                )}
                {move || (changes() > 0).then(|| view! { <li class="entry"><p>{text::changes_waiting(changes())}</p></li> })}
            </ul>
        </section>
    }
    .into_any()
}

/// Mails and stuck entries are listed one by one; waiting changes only as a number.
fn is_listed(op: &Op) -> bool {
    blocked(op).is_some() || op.act.message().is_none()
}

/// An entry's key holds what it shows, so that it is drawn anew when that changes.
fn key(op: &Op) -> Key {
    let words = progress(&op.act).unwrap_or_default();
    Key::Name(format!("{} {} {} {words}", op.id, op.attempts, blocked(op).is_some()))
}

#[component]
fn Entry(op: Op) -> AnyView {
    let app = use_app();
    match blocked(&op) {
        None => view! { <li class="entry"><p>{progress(&op.act)}</p></li> }.into_any(),
        Some((id, reason)) => stuck(app, id, &op.act, &reason),
    }
}

fn progress(act: &Act) -> Option<String> {
    match act {
        Act::Send { mail, stage } => Some(text::send_progress(mail, stage)),
        Act::Read { .. } | Act::Flag { .. } | Act::Move { .. } => None,
    }
}

fn stuck(app: App, id: OpId, act: &Act, reason: &Reason) -> AnyView {
    let about = act.message().and_then(|message| subject_of(app, message));
    let folder = match act {
        Act::Move { to, .. } => folder_name(app, to),
        Act::Read { .. } | Act::Flag { .. } | Act::Send { .. } => None,
    };
    let words = text::blocked(act, reason, about.as_deref(), folder.as_deref());
    let again = if *reason == Reason::Unconfirmed { text::SEND_AGAIN } else { text::RETRY };
    let dismissed = id.clone();
    view! {
        <li class="entry" data-stuck="">
            <p>{words}</p>
            <div class="entry-buttons">
                <button type="button" class="button" data-look="small" on:click=move |_| app.retry_op(id.clone())>{again}</button>
                <button type="button" class="button" data-look="small" on:click=move |_| app.dismiss_op(dismissed.clone())>{text::DISMISS}</button>
            </div>
        </li>
    }
    .into_any()
}

fn subject_of(app: App, id: &MessageId) -> Option<String> {
    app.subject_of(id).filter(|subject| !subject.trim().is_empty())
}

fn folder_name(app: App, id: &FolderId) -> Option<String> {
    app.folders.with_untracked(|rows| rows.iter().find(|row| row.folder.id == *id).map(|row| row.folder.name.clone()))
}

//! One row of the list. Its elements are made once and given to whichever message scrolls into their place; only what
//! differs is written again, straight into the elements.

use crate::state::Row;
use crate::ui::kit::{Icon, disc, hue, icon, initials};
use crate::ui::text;
use leptos::prelude::*;
use mail_browser::page::{self, RowElements};

/// The parts of a row that are written to.
pub(super) const PARTS: [&str; 6] = [".disc", ".from", ".time", ".subject", ".preview", ".many"];
const DISC: usize = 0;
const FROM: usize = 1;
const TIME: usize = 2;
const SUBJECT: usize = 3;
const PREVIEW: usize = 4;
const MANY: usize = 5;

/// The row all others are copies of: nobody's, and hidden.
pub(super) fn pattern() -> AnyView {
    view! {
        <div role="row" class="row" hidden aria-selected="false">
            <div role="gridcell" class="cell">
                {disc(String::new, || 0)}
                <span class="from" dir="auto"></span>
                <span class="signs">
                    <span class="many"></span>
                    <span class="sign-flag">{icon(Icon::FlagFilled)}</span>
                    <span class="sign-file">{icon(Icon::Paperclip)}</span>
                    <span class="time"></span>
                </span>
                <span class="subject" dir="auto"></span>
                <span class="preview" dir="auto"></span>
            </div>
        </div>
    }
    .into_any()
}

/// Where a row is to be.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    /// Which row of the list; one beyond the list is hidden.
    pub index: u32,
    /// Whether it is beyond the list.
    pub hidden: bool,
    /// Where it lies on the canvas, in whole CSS pixels.
    pub top: i64,
    /// Whether the keyboard is on it.
    pub selected: bool,
}

/// A row's elements and what they show.
pub(super) struct Slot {
    elements: RowElements,
    spot: Option<Spot>,
    drawn: Drawn,
}

/// What of a message a row shows.
enum Drawn {
    Nothing,
    Ghost,
    /// The message or conversation, and whether it is drawn as the person's own.
    Mail(Row, bool),
}

impl Slot {
    /// A slot that shows nothing yet.
    pub(super) fn new(elements: RowElements) -> Self {
        Self { elements, spot: None, drawn: Drawn::Nothing }
    }

    /// One more, with elements of its own.
    pub(super) fn another(&self) -> Option<Self> {
        self.elements.copy(&PARTS).map(Self::new)
    }

    /// Takes its elements out of the page.
    pub(super) fn remove(&self) {
        self.elements.remove();
    }

    /// Shows a message, or a ghost where it is not at hand.
    pub(super) fn draw(&mut self, spot: Spot, message: Option<&Row>, own: bool, me: &str) {
        let was = self.spot.replace(spot);
        let row = &self.elements;
        if was.is_none_or(|was| was.index != spot.index) {
            row.name(&format!("row-{}", spot.index), &(u64::from(spot.index) + 1).to_string());
        }
        if was.is_none_or(|was| was.top != spot.top) {
            row.put(&format!("translateY({}px)", spot.top));
        }
        if was.is_none_or(|was| was.selected != spot.selected) {
            row.set("aria-selected", if spot.selected { "true" } else { "false" });
        }
        match (message, &self.drawn) {
            (None, Drawn::Ghost) => {}
            (None, Drawn::Nothing | Drawn::Mail(..)) => self.draw_ghost(),
            (Some(message), Drawn::Mail(drawn, same)) if *same == own && drawn == message => {}
            (Some(message), Drawn::Nothing | Drawn::Ghost | Drawn::Mail(..)) => self.draw_mail(message, own, me),
        }
        if was.is_none_or(|was| was.hidden != spot.hidden) {
            self.elements.hide(spot.hidden);
        }
    }

    fn draw_ghost(&mut self) {
        let row = &self.elements;
        row.set("aria-label", text::LOADING);
        row.unset("data-message-id");
        for sign in ["data-unread", "data-flagged", "data-attachments"] {
            row.mark(sign, false);
        }
        row.mark("data-ghost", true);
        row.set_part(DISC, "data-hue", "0");
        for part in 0..PARTS.len() {
            row.write(part, "");
        }
        self.drawn = Drawn::Ghost;
    }

    fn draw_mail(&mut self, message: &Row, own: bool, me: &str) {
        let row = &self.elements;
        let whole = message.whole.as_deref();
        let people = whole.map_or_else(|| text::row_people(message, own), |whole| text::people_of(whole, own, me));
        let many = whole.map_or(1, |whole| whole.count);
        let person = if own { message.to.first() } else { message.from.as_ref() };
        let subject = if message.subject.trim().is_empty() { text::NO_SUBJECT } else { &message.subject };
        let time = page::locale_time(message.received.millis(), page::now_millis());
        row.set("aria-label", &text::row_name(message, &people, subject, &time));
        row.set("data-message-id", message.id.as_str());
        let before = match &self.drawn {
            Drawn::Mail(before, _) => Some(before),
            Drawn::Nothing | Drawn::Ghost => {
                row.mark("data-ghost", false);
                None
            }
        };
        let sign = |name: &str, of: fn(&Row) -> bool| {
            if before.is_none_or(|before| of(before) != of(message)) {
                row.mark(name, of(message));
            }
        };
        sign("data-unread", Row::is_unread);
        sign("data-flagged", Row::is_flagged);
        sign("data-attachments", Row::has_files);
        row.set_part(DISC, "data-hue", &person.map_or(0, |person| hue(&person.address)).to_string());
        row.write(DISC, &person.map(|person| initials(person.label())).unwrap_or_default());
        row.write(FROM, &people);
        row.write(TIME, &time);
        row.write(SUBJECT, subject);
        row.write(PREVIEW, &message.preview);
        row.write(MANY, &if many > 1 { text::grouped(many) } else { String::new() });
        self.drawn = Drawn::Mail(message.clone(), own);
    }
}

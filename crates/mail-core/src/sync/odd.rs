//! What was odd about the pages the server gave. Each oddity is got over where it is met, and counted here, so that a mailbox that
//! looks wrong can be told from a server that said wrong things.

use std::fmt;

/// Oddities by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Odd {
    /// Answers that were no page at all: cut off, empty, or a web page.
    pub unreadable: u32,
    /// Pages without anything on them that led on.
    pub empty: u32,
    /// Items that were none of a mail, or did not say which.
    pub unusable: u32,
    /// Items that a page named again.
    pub repeated: u32,
    /// Items of unknown mails of which too little was said.
    pub partial: u32,
    /// Items out of the order that was asked for.
    pub disordered: u32,
    /// Texts far too long, which were cut.
    pub cut: u32,
    /// Rows that say they lie in another folder than the one that lists them.
    pub elsewhere: u32,
    /// Rows received before there was mail, or after tomorrow.
    pub out_of_time: u32,
}

impl Odd {
    fn kinds(&mut self) -> [(&'static str, &mut u32); 9] {
        [
            ("unreadable", &mut self.unreadable),
            ("empty", &mut self.empty),
            ("unusable", &mut self.unusable),
            ("repeated", &mut self.repeated),
            ("partial", &mut self.partial),
            ("disordered", &mut self.disordered),
            ("cut", &mut self.cut),
            ("elsewhere", &mut self.elsewhere),
            ("out of time", &mut self.out_of_time),
        ]
    }

    /// Counts more of them in, and says whether there were any.
    pub fn add(&mut self, mut more: Self) -> bool {
        let mut any = false;
        for ((_, count), (_, more)) in self.kinds().into_iter().zip(more.kinds()) {
            any |= *more > 0;
            *count = count.saturating_add(*more);
        }
        any
    }
}

impl fmt::Display for Odd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("odd pages:")?;
        for (name, count) in self.clone().kinds().into_iter().filter(|(_, count)| **count > 0) {
            write!(formatter, " {name} {count}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oddities_add_up_and_only_those_there_were_are_named() {
        let mut all = Odd::default();
        assert!(!all.add(Odd::default()));
        assert!(all.add(Odd { unreadable: 1, cut: 2, ..Odd::default() }));
        assert!(all.add(Odd { cut: 1, out_of_time: u32::MAX, ..Odd::default() }));
        assert_eq!(all.to_string(), "odd pages: unreadable 1 cut 3 out of time 4294967295");
    }
}

//! Chance from a seed, and what it does to bytes.

/// A generator, good enough to choose with (splitmix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end.max(1))).unwrap()
    }

    /// Whether something happens that happens once in `times`.
    pub fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(u32::try_from(from.len()).unwrap()) as usize]
    }

    pub fn one_of(&mut self, from: &[String]) -> Option<String> {
        if from.is_empty() {
            return None;
        }
        from.get(self.below(u32::try_from(from.len()).unwrap()) as usize).cloned()
    }

    /// The bytes, bent in up to four places.
    pub fn bent(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..self.below(5) {
            let at = self.below(u32::try_from(bytes.len()).unwrap() + 1) as usize;
            match self.below(6) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                2 => bytes.insert(at, *self.pick(&[&b'\0', &b'\r', &b'\n', &b'"', &b'%', &0xff, &0xc3, &b'=', &b'\''])),
                3 if at < bytes.len() => {
                    let part = bytes[at..(at + 40).min(bytes.len())].to_vec();
                    let times = 1 + self.below(30) as usize;
                    bytes.splice(at..at, part.repeat(times));
                }
                4 if at < bytes.len() => drop(bytes.drain(at..(at + 10).min(bytes.len()))),
                _ => drop(
                    bytes.splice(at..at, self.pick(&["é", "\u{202e}", "𝔘", "ﷺ", "\u{0}", "%ff", "..", "'"]).bytes()),
                ),
            }
        }
        bytes
    }
}

//! Bytes of packed records: numbers of variable length, and a frame that tells format, kind and damage.
//! Written by hand, because a general format would cost more bytes in the records and in the two programs.

use crate::store::StoreError;

/// The format every record begins with. A record of a newer one belongs to a newer build.
pub(super) const FORMAT: u8 = 1;
/// Format, kind and checksum.
const HEAD: usize = 10;

/// A well-mixed number made of bytes: checksum of a record, and order of ids in a shard.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut tail = [0; 8];
    for (to, from) in tail.iter_mut().zip(rest) {
        *to = *from;
    }
    let mut state = bytes.len() as u64;
    for word in words.iter().chain([&tail]) {
        state = (state.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
    }
    state = (state ^ (state >> 32)).wrapping_mul(FACTOR);
    state ^ (state >> 29)
}

/// A record being written.
pub(super) struct Output(Vec<u8>);

impl Output {
    pub(super) fn new(kind: u8) -> Self {
        Self::of_format(FORMAT, kind)
    }

    pub(super) fn of_format(format: u8, kind: u8) -> Self {
        let mut bytes = vec![0; HEAD];
        for (to, from) in bytes.iter_mut().zip([format, kind]) {
            *to = from;
        }
        Self(bytes)
    }

    pub(super) fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(super) fn word(&mut self, word: u64) {
        self.0.extend_from_slice(&word.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A text with its length.
    pub(super) fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        self.bytes(text);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes back what was written after `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }

    /// The finished record and its checksum.
    pub(super) fn finish(mut self) -> (Vec<u8>, u64) {
        let sum = hash(self.0.get(HEAD..).unwrap_or_default());
        for (to, from) in self.0.iter_mut().skip(2).zip(sum.to_le_bytes()) {
            *to = from;
        }
        (self.0, sum)
    }
}

/// A record being read. `None` from any of its methods means that the record is damaged.
pub(super) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// Opens a record, and tells its checksum; `None` when it is damaged.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when a newer build wrote it.
    pub(super) fn open(kind: u8, bytes: &'a [u8]) -> Result<Option<(Self, u64)>, StoreError> {
        Self::open_format(FORMAT, kind, bytes)
    }

    /// The same for a record of another format than most.
    pub(super) fn open_format(format: u8, kind: u8, bytes: &'a [u8]) -> Result<Option<(Self, u64)>, StoreError> {
        let mut input = Self(bytes);
        if input.0.first().is_some_and(|known| *known > format) {
            return Err(StoreError::Lost);
        }
        let expected = [format, kind];
        Ok((input.take(2) == Some(expected.as_slice()))
            .then(|| input.word())
            .flatten()
            .filter(|sum| hash(input.0) == *sum)
            .map(|sum| (input, sum)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0_u64, 0);
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }

    /// A number that counts or names something small.
    pub(super) fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    pub(super) fn word(&mut self) -> Option<u64> {
        let (word, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*word))
    }

    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.small()?;
        self.take(length as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_come_back() {
        let numbers = [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::from(u32::MAX), u64::MAX - 1, u64::MAX];
        let mut output = Output::new(b'T');
        numbers.iter().for_each(|number| output.number(*number));
        let (bytes, sum) = output.finish();
        let (mut input, read) = Input::open(b'T', &bytes).unwrap().unwrap();
        assert_eq!(read, sum);
        assert_eq!(numbers.map(|_| input.number().unwrap()), numbers);
        assert!(input.is_empty() && input.number().is_none());
        assert!(Input::open(b'U', &bytes).unwrap().is_none(), "another kind");
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_noticed() {
        let mut output = Output::new(b'T');
        output.text("some text that is longer than a word".as_bytes());
        let (bytes, _) = output.finish();
        for at in 1..bytes.len() {
            for bit in 0..8 {
                let mut spoiled = bytes.clone();
                spoiled[at] ^= 1 << bit;
                assert!(Input::open(b'T', &spoiled).unwrap().is_none(), "byte {at}, bit {bit}");
            }
            assert!(Input::open(b'T', &bytes[..at]).unwrap().is_none(), "cut at {at}");
        }
    }

    #[test]
    fn a_newer_format_is_left_to_the_newer_build() {
        let (mut bytes, _) = Output::new(b'T').finish();
        bytes[0] = FORMAT + 1;
        assert_eq!(Input::open(b'T', &bytes).err(), Some(StoreError::Lost));
    }
}

//! Small JPEG pictures in which every block of eight by eight pixels has one colour.
//! Such a block needs nothing but its average, so the coder is a page long and loses nothing.

/// Pixels a side of a block.
pub(crate) const BLOCK: u16 = 8;

/// How many codes there are of each length from 1 to 16, and their values: the standard's tables for averages.
const LENGTHS: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const VALUES: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/// Writes bits, the highest first, and stuffs a zero after every 0xff.
struct Bits {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, length: u32) {
        self.held = (self.held << length) | (value & ((1 << length) - 1));
        self.count += length;
        while self.count >= 8 {
            self.count -= 8;
            let byte = u8::try_from((self.held >> self.count) & 0xff).unwrap_or_default();
            self.out.push(byte);
            if byte == 0xff {
                self.out.push(0);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.push(0x7f, 8 - self.count);
        }
        self.out
    }
}

/// Code and length of the class of an average's difference.
fn class_code(class: u32) -> (u32, u32) {
    let mut code = 0;
    let mut values = VALUES.iter();
    for (length, count) in (1_u32..).zip(LENGTHS) {
        for _ in 0..count {
            if values.next().is_some_and(|value| u32::from(*value) == class) {
                return (code, length);
            }
            code += 1;
        }
        code <<= 1;
    }
    (0, 2)
}

fn average(bits: &mut Bits, difference: i32) {
    let class = 32 - difference.unsigned_abs().leading_zeros();
    let (code, length) = class_code(class);
    bits.push(code, length);
    if class > 0 {
        let value = if difference < 0 { difference - 1 } else { difference };
        bits.push(u32::from_ne_bytes(value.to_ne_bytes()), class);
    }
    // The end of the block: its one code is a single zero.
    bits.push(0, 1);
}

fn segment(out: &mut Vec<u8>, marker: u8, body: &[u8]) {
    out.extend([0xff, marker]);
    out.extend(u16::try_from(body.len() + 2).unwrap_or_default().to_be_bytes());
    out.extend(body);
}

/// The three averages of a colour, as JPEG counts them: brightness, blue, red, each of -1024 to 1016.
fn averages([red, green, blue]: [u8; 3]) -> [i32; 3] {
    let (red, green, blue) = (i32::from(red), i32::from(green), i32::from(blue));
    let light = (299 * red + 587 * green + 114 * blue) / 1000;
    let to_blue = (564 * (blue - light)) / 1000;
    let to_red = (713 * (red - light)) / 1000;
    [light - 128, to_blue, to_red].map(|part| part.clamp(-128, 127) * 8)
}

/// A square picture of `blocks` by `blocks`; `colour` is asked for column and row.
pub(crate) fn mosaic(blocks: u16, colour: impl Fn(u16, u16) -> [u8; 3]) -> Vec<u8> {
    let side = (blocks * BLOCK).to_be_bytes();
    let mut out = vec![0xff, 0xd8];
    segment(&mut out, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    segment(&mut out, 0xdb, &[[0].as_slice(), &[1; 64]].concat());
    let [high, low] = side;
    segment(&mut out, 0xc0, &[8, high, low, high, low, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    segment(&mut out, 0xc4, &[[0].as_slice(), &LENGTHS, &VALUES].concat());
    // For the rest of a block one code is enough: "nothing more".
    segment(&mut out, 0xc4, &[0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    segment(&mut out, 0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
    let mut bits = Bits { out, held: 0, count: 0 };
    let mut before = [0; 3];
    for y in 0..blocks {
        for x in 0..blocks {
            let here = averages(colour(x, y));
            for (part, last) in here.into_iter().zip(before) {
                average(&mut bits, part - last);
            }
            before = here;
        }
    }
    let mut out = bits.finish();
    out.extend([0xff, 0xd9]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_the_codes_of_the_standard() {
        assert_eq!(class_code(0), (0b00, 2));
        assert_eq!(class_code(1), (0b010, 3));
        assert_eq!(class_code(5), (0b110, 3));
        assert_eq!(class_code(6), (0b1110, 4));
        assert_eq!(class_code(11), (0b1_1111_1110, 9));
    }

    #[test]
    fn grey_is_in_the_middle() {
        assert_eq!(averages([128, 128, 128]), [0, 0, 0]);
    }
}

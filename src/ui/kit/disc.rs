//! A round sign for a person: initials on a muted colour that stays the same for the same key,
//! so that a face is found again before its name is read.

use leptos::prelude::*;

/// How many colours the style sheet knows.
const HUES: u32 = 10;

/// The initials of a name: the first letters of its first and last word. The style sheet makes them capitals.
pub(in crate::ui) fn initials(name: &str) -> String {
    let first_letter = |word: &str| word.chars().find(|letter| is_letter(*letter));
    let mut words = name.split(|c: char| c.is_whitespace() || c == '@' || c == '.').filter_map(first_letter);
    let first = words.next();
    let last = words.next_back();
    [first, last].into_iter().flatten().collect()
}

/// Letters and digits, and whatever is neither a sign of ASCII nor one of the quotes and dashes people put before a
/// name. The whole of Unicode's tables would weigh more than all else on this page.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || !(c.is_ascii()
            || matches!(c, '«' | '»' | '¡' | '¿' | '·' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}'))
}

/// The colour's number for a key; keys that differ only in case share it.
pub(in crate::ui) fn hue(key: &str) -> u32 {
    let hash = key
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193));
    (hash >> 8) % HUES
}

/// The sign; both values follow the state.
pub(in crate::ui) fn disc(
    letters: impl Fn() -> String + Send + 'static,
    hue: impl Fn() -> u32 + Send + 'static,
) -> AnyView {
    view! { <span class="disc" aria-hidden="true" data-hue=move || hue().to_string()>{letters}</span> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_last_word() {
        assert_eq!(initials("Ada King Lovelace"), "AL");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials("“Grace” (Navy)"), "GN");
        assert_eq!(initials("news@shop.example"), "ne");
        assert_eq!(initials("  "), "");
        assert_eq!(initials("Çağla ß"), "Çß");
        assert_eq!(initials("— 山田 「太郎」"), "山太");
    }

    #[test]
    fn a_person_keeps_the_colour_whatever_the_case() {
        assert_eq!(hue("ada@petrel.test"), hue("Ada@Petrel.TEST"));
        assert!(hue("x") < HUES);
    }
}

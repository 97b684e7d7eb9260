//! Seeds whose lives ended badly once, by the name of the defect they found. They are lived in every run.
//! A seed finds its defect only as long as lives are drawn as they were then; the defects have tests of their own besides.

use crate::lives::lived;

const KEPT: [(u64, &str); 6] = [
    (537, "a token that was renewed before the clock was set back counted as newer than every refusal of it"),
    (
        10045,
        "a row put into a folder and gone before the folder's round stayed for ever where the process died in between",
    ),
    (13076, "counts that an act moved past another client's same act stayed wrong where the process died in between"),
    (13859, "the same, with a leader that was overtaken"),
    (14270, "the first look at a folder was believed for rows that were gone before its first round"),
    (105_243, "a row that could not be looked at once was never looked for again"),
];

#[test]
fn every_defect_that_a_seed_found_stays_away() {
    for (seed, defect) in KEPT {
        let end = lived(seed, false);
        assert!(end.result.is_ok(), "seed {seed}, once: {defect}; now: {:?}", end.result);
    }
}

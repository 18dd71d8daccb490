//! Chance that is the same for the same seed.

/// A sequence of numbers from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number in `from..to`; `from` when there is none.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = u64::try_from(to - from).unwrap_or(1).max(1);
        from + i64::try_from(self.next() % width).unwrap_or(0)
    }

    /// One of several; the first of them when chance has no room.
    pub(super) fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let count = i64::try_from(all.len()).unwrap_or(0);
        all.get(usize::try_from(self.between(0, count)).unwrap_or(0))
    }

    /// Whether something happens that does in so many of a hundred cases.
    pub(super) fn in_hundred(&mut self, many: u64) -> bool {
        self.next() % 100 < many
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

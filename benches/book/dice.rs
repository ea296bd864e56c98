//! Numbers that look drawn and are the same each time (SplitMix64).

/// Where they come from.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new() -> Self {
        Self(2_026)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below that one, which is not nought.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A place in a list of that length.
    pub(super) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A place in a list of that length; the first ones come far more often.
    pub(super) fn early_place(&mut self, length: usize) -> usize {
        let (a, b, c) = (self.place(length), self.place(length), self.place(length));
        a.min(b).min(c)
    }

    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub(super) fn of<T: Copy + Default>(&mut self, all: &[T]) -> T {
        let place = self.place(all.len());
        all.get(place).copied().unwrap_or_default()
    }

    /// A place in the list, each as often as its weight says.
    pub(super) fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// So many letters that mean nothing, behind a prefix.
    pub(super) fn name(&mut self, prefix: &str, length: usize) -> String {
        const LETTERS: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let mut name = String::with_capacity(prefix.len() + length);
        name.push_str(prefix);
        name.extend((0..length).map(|_| char::from(self.of(LETTERS))));
        name
    }

    /// The digest of nothing that anybody holds.
    pub(super) fn digest(&mut self) -> String {
        (0..4).map(|_| format!("{:016x}", self.next())).collect()
    }
}

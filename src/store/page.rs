//! Keyset pages: as fast on the last page as on the first, and steady while rows come and go.

/// Which way a page lies from a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Toward {
    /// Rows that come after it: in most lists older ones.
    Older,
    /// Rows that come before it.
    Newer,
}

/// What a list is sorted by: one of its columns, from the end that is usual for it or from the other one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sort<By> {
    /// The column.
    pub by: By,
    /// What usually comes last comes first.
    pub turned: bool,
}

impl<By> From<By> for Sort<By> {
    fn from(by: By) -> Self {
        Self { by, turned: false }
    }
}

/// A place in a list that is sorted by a number and, where it ties, by a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seek {
    /// Which way the page lies.
    pub toward: Toward,
    /// The number of the row at whose edge the page begins.
    pub at: i64,
    /// The text of that row.
    pub id: String,
}

impl Seek {
    /// What lies that way of a row with that number and that text.
    pub fn at(toward: Toward, (at, id): (i64, String)) -> Self {
        Self { toward, at, id }
    }

    /// Reads what [`Seek`]'s `Display` wrote into a link; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let toward = match parts.next()? {
            "older" => Toward::Older,
            "newer" => Toward::Newer,
            _ => return None,
        };
        Some(Self { toward, at: parts.next()?.parse().ok()?, id: parts.next()?.to_owned() })
    }
}

impl std::fmt::Display for Seek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let toward = match self.toward {
            Toward::Older => "older",
            Toward::Newer => "newer",
        };
        write!(f, "{toward}.{}.{}", self.at, self.id)
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Its rows, in the order of the list.
    pub rows: Vec<T>,
    /// The page before it, if there is one.
    pub newer: Option<Seek>,
    /// The page after it, if there is one.
    pub older: Option<Seek>,
}

impl<T> Page<T> {
    /// Makes a page from up to `size + 1` rows in the order of the query: that of the list, or the other way round when the page
    /// was sought towards what comes before.
    pub fn assemble(mut rows: Vec<T>, size: usize, seek: Option<&Seek>, key: impl Fn(&T) -> (i64, String)) -> Self {
        let more = rows.len() > size;
        rows.truncate(size);
        let toward = seek.map(|s| s.toward);
        if toward == Some(Toward::Newer) {
            rows.reverse();
        }
        let edge = |row: Option<&T>, toward| {
            row.map(|row| {
                let (at, id) = key(row);
                Seek { toward, at, id }
            })
        };
        let has_newer = if toward == Some(Toward::Newer) { more } else { toward.is_some() };
        let has_older = if toward == Some(Toward::Newer) { true } else { more };
        Self {
            newer: edge(rows.first(), Toward::Newer).filter(|_| has_newer),
            older: edge(rows.last(), Toward::Older).filter(|_| has_older),
            rows,
        }
    }

    /// A page of a list that is in memory as a whole, in its own order: places in it take the part of moments.
    pub fn of_all(all: Vec<T>, size: usize, seek: Option<&Seek>) -> Self {
        let from = match seek {
            None => 0,
            Some(Seek { toward: Toward::Older, at, .. }) => usize::try_from(*at).unwrap_or(0).saturating_add(1),
            Some(Seek { toward: Toward::Newer, at, .. }) => usize::try_from(*at).unwrap_or(0).saturating_sub(size),
        };
        let (from, end) = (from.min(all.len()), from.saturating_add(size).min(all.len()));
        let edge = |place: usize, toward| Seek { toward, at: place as i64, id: String::new() };
        Self {
            newer: (from > 0).then(|| edge(from, Toward::Newer)),
            older: (end < all.len()).then(|| edge(end - 1, Toward::Older)),
            rows: all.into_iter().skip(from).take(end - from).collect(),
        }
    }

    /// The same page with its rows turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(turn).collect(), newer: self.newer, older: self.older }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_through_a_list_in_memory() {
        let page = |seek: Option<&Seek>| Page::of_all(vec![1, 2, 3, 4, 5], 2, seek);
        let first = page(None);
        assert_eq!((&*first.rows, first.newer), (&[1, 2][..], None));
        let second = page(first.older.as_ref());
        assert_eq!(second.rows, [3, 4]);
        let third = page(second.older.as_ref());
        assert_eq!((&*third.rows, third.older), (&[5][..], None));
        assert_eq!(page(third.newer.as_ref()).rows, [3, 4]);
        assert_eq!(page(second.newer.as_ref()).rows, [1, 2]);
        for far in ["older.9.", "older.-7.", "newer.-7.", "newer.9223372036854775807."] {
            page(Seek::parse(far).as_ref());
        }
        assert!(Page::of_all(Vec::<i64>::new(), 2, None).rows.is_empty());
    }

    fn key(n: &i64) -> (i64, String) {
        (*n, format!("row.{n}"))
    }

    #[test]
    fn walks_there_and_back() {
        let first = Page::assemble(vec![9, 8, 7], 2, None, key);
        assert_eq!((first.rows, first.newer), (vec![9, 8], None));
        let older = first.older.unwrap();
        assert_eq!(Seek::parse(&older.to_string()), Some(older.clone()));
        let last = Page::assemble(vec![7], 2, Some(&older), key);
        assert_eq!(last.older, None);
        let back = last.newer.unwrap();
        let again = Page::assemble(vec![8, 9], 2, Some(&back), key);
        assert_eq!((again.rows, again.newer), (vec![9, 8], None));
        for bad in ["", "older", "older.x.y", "sideways.1.y", "older.1"] {
            assert_eq!(Seek::parse(bad), None, "{bad}");
        }
    }
}

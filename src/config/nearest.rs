//! What somebody may have meant by a name that nobody knows.

/// The known name that is nearest, if any is near: at most a third of its letters differ.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, name) = known.into_iter().map(|name| (distance(typed, name), name)).min()?;
    (distance * 3 <= name.len()).then_some(name)
}

/// How many letters have to be put in, taken out or changed to get from one name to the other, whatever their case.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<u8> = b.bytes().map(|c| c.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().map(|c| c.to_ascii_lowercase()).enumerate() {
        let mut next = vec![i + 1];
        for ((y, above), left_above) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            next.push((left + 1).min(above + 1).min(left_above + usize::from(x != *y)));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_name_and_a_stranger_finds_none() {
        let known = ["DOORBOOK_BIND", "DOORBOOK_PUBLIC_URL", "DOORBOOK_SCOPES"];
        for (typed, meant) in [
            ("DOORBOOK_BNID", Some("DOORBOOK_BIND")),
            ("DOORBOOK_PUBLICURL", Some("DOORBOOK_PUBLIC_URL")),
            ("doorbook_scope", Some("DOORBOOK_SCOPES")),
            ("DOORBOOK_COMPLETELY_DIFFERENT", None),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }
}

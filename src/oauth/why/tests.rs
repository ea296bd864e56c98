//! The reasons: none without its line, none twice, each in words that people understand.

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_reason_has_its_own_code_and_short_name() {
    let codes: BTreeSet<_> = Why::ALL.iter().map(|w| w.code()).collect();
    let slugs: BTreeSet<_> = Why::ALL.iter().map(|w| w.slug()).collect();
    assert_eq!((codes.len(), slugs.len()), (Why::ALL.len(), Why::ALL.len()));
    for why in Why::ALL {
        let digits = why.code().strip_prefix("DB-").unwrap();
        assert!(digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()), "{}", why.code());
        assert!(why.slug().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", why.slug());
        assert_eq!(Why::parse(why.code()), Some(why));
        assert_eq!(Why::parse(why.slug()), Some(why));
    }
}

#[test]
fn the_list_is_complete_and_in_order() {
    let in_table = include_str!("table.rs").matches("=> row(\"DB-").count();
    assert_eq!(Why::ALL.len(), in_table);
    assert!(Why::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code() && pair[0] < pair[1]));
}

#[test]
fn a_typing_error_of_an_administrator_is_no_fault_of_a_clients_makers() {
    // What registration refuses of metadata, but for software statements, which nobody writes by hand.
    let written = Why::ALL.into_iter().filter(|why| ("DB-102".."DB-140").contains(&why.code()));
    for why in written.filter(|why| !why.slug().starts_with("statement")) {
        let words = why.fix_by_hand();
        assert!(!words.contains("its makers") && !words.contains("The client must"), "{}: {words}", why.code());
    }
    assert_eq!(Why::RedirectNotAbsolute.fix_by_hand(), "Correct it, and do it again.");
    assert_eq!(Why::RegistrationClosed.fix_by_hand(), Why::RegistrationClosed.fix());
}

#[test]
fn rfc6749_5_2_words_may_stand_in_an_error_description() {
    for why in Why::ALL {
        let good = why.words().bytes().all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\');
        assert!(good && why.words().len() > 10 && why.fix().len() > 10, "{}", why.code());
    }
}

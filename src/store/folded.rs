//! Clients that are alike, folded into one row: of a client that registers anew at each start a list shows the one that was used
//! last. However many are folded away, a page is read in two steps at most.

use std::collections::HashSet;

use super::{
    Reader,
    clients::{self, Filter, place},
    error::StoreResult,
    page::{Page, Seek, Toward},
};
use crate::base::client::Client;

/// So many pages are read at most to fill one: what is alike beyond them is met again on the next.
const MOST: usize = 6;

/// One page of clients of which no two are alike, sorted as the filter says.
pub fn page(reader: &mut Reader<'_>, filter: &Filter, seek: Option<&Seek>, size: usize) -> StoreResult<Page<Client>> {
    let toward = seek.map_or(Toward::Older, |seek| seek.toward);
    let (mut rows, mut kinds, mut at): (Vec<Client>, _, _) = (Vec::new(), HashSet::new(), seek.cloned());
    let (mut behind, mut ahead) = (None, None);
    // Where words are looked for, finding costs more than reading on: then it is one step.
    let steps: &[usize] = if filter.search.is_empty() { &[1, MOST - 1] } else { &[MOST] };
    for (step, pages) in steps.iter().enumerate() {
        let read = clients::page(reader, filter, at.as_ref(), size * pages)?;
        let (here, mut next) = match toward {
            Toward::Older => (read.newer, read.older),
            Toward::Newer => (read.older, read.newer),
        };
        if step == 0 {
            behind = here;
        }
        let mut found = read.rows;
        if toward == Toward::Newer {
            found.reverse();
        }
        for client in found {
            let kind = client.metadata.likeness();
            if kinds.contains(&kind) {
                if toward == Toward::Newer {
                    rows.retain(|known| known.metadata.likeness() != kind);
                    rows.push(client);
                }
                continue;
            }
            if rows.len() == size {
                next = rows.last().map(|last| Seek::at(toward, place(last, filter.sort.by)));
                break;
            }
            kinds.insert(kind);
            rows.push(client);
        }
        ahead = next;
        if ahead.is_none() || rows.len() == size {
            break;
        }
        at = ahead.clone();
    }
    Ok(match toward {
        Toward::Older => Page { rows, newer: behind, older: ahead },
        Toward::Newer => {
            rows.reverse();
            Page { rows, newer: ahead, older: behind }
        }
    })
}

//! Clients that are alike, folded into one row: of a client that registers anew at each start a list shows the one that was used
//! last. A page is read in a few steps along the index, however many are folded away.

use std::collections::HashSet;

use super::{
    Reader,
    clients::{self, Filter, place},
    error::StoreResult,
    page::{Page, Seek, Toward},
};
use crate::base::client::Client;

/// So many pages are read at most to fill one: what is alike beyond them is met again on the next.
const STEPS: usize = 6;

/// One page of clients of which no two are alike, in the order of the filter.
pub fn page(reader: &mut Reader<'_>, filter: &Filter, seek: Option<&Seek>, size: usize) -> StoreResult<Page<Client>> {
    let toward = seek.map_or(Toward::Older, |seek| seek.toward);
    let (mut rows, mut kinds, mut at): (Vec<Client>, _, _) = (Vec::new(), HashSet::new(), seek.cloned());
    let (mut behind, mut ahead) = (None, None);
    for step in 0..STEPS {
        let read = clients::page(reader, filter, at.as_ref(), size)?;
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
            if rows.len() == size {
                next = rows.last().map(|last| Seek::at(toward, place(last, filter.order)));
                break;
            }
            if kinds.insert(client.metadata.likeness()) {
                rows.push(client);
            }
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

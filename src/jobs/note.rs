//! Writes down that tokens went through the gate: the gate itself only remembers it.

use crate::{
    flows::Desk,
    store::{StoreResult, clients, grants},
};

/// Which grants were used since the last time, in one commit.
pub(super) async fn uses(desk: &Desk) -> StoreResult<()> {
    let uses = desk.gate.uses_since_last();
    if uses.is_empty() {
        return Ok(());
    }
    desk.store
        .record(move |tx| {
            for used in &uses {
                grants::used(tx, &used.grant, used.at)?;
                clients::used(tx, &used.client, used.at)?;
            }
            Ok(())
        })
        .await
}

//! The file and what is beside it: modes, damage, and a second server (OPS-05).

use std::{fs, os::unix::fs::PermissionsExt};

use diesel::{Connection as _, connection::SimpleConnection as _};
use doorbook::store::{Store, StoreError, StoreResult, lock};

use crate::support::store::{Scratch, open, put_code};

fn told(result: StoreResult<Store>) -> String {
    match result {
        Ok(_) => panic!("the file was taken"),
        Err(StoreError::Unusable(why)) => why,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    let scratch = Scratch::furnished().await;
    let _lock = lock::acquire(&scratch.path()).unwrap();
    for ending in ["", "-wal", "-shm", ".lock"] {
        let path = format!("{}{ending}", scratch.path().display());
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{path}");
    }
}

#[tokio::test]
async fn a_file_that_others_could_read_is_made_private() {
    let scratch = Scratch::furnished().await;
    let folder = scratch.closed();
    let path = folder.path().join("doorbook.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let _store = open(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    let scratch = Scratch::furnished().await;
    let folder = scratch.closed();
    let path = folder.path().join("doorbook.db");
    let mut connection = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute("ALTER TABLE __diesel_schema_migrations RENAME TO recipes").unwrap();
    drop(connection);
    let why = told(open(&path));
    assert!(why.contains("another program"), "{why}");
}

#[test]
fn what_is_no_database_is_named_and_left_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorbook.db");
    let rubbish = b"This is a letter, not a database. ".repeat(300);
    fs::write(&path, &rubbish).unwrap();
    let why = told(open(&path));
    assert!(why.contains("doorbook.db is not a sound database"), "{why}");
    assert_eq!(fs::read(&path).unwrap(), rubbish);
}

#[tokio::test]
async fn a_database_with_torn_pages_is_named_and_left_byte_for_byte() {
    let scratch = Scratch::furnished().await;
    let folder = scratch.closed();
    let copy = folder.path().join("torn.db");
    let mut bytes = fs::read(folder.path().join("doorbook.db")).unwrap();
    // The header stays; the root of the table of tables and all behind it are torn.
    for byte in bytes.iter_mut().skip(100) {
        *byte = 0xa5;
    }
    fs::write(&copy, &bytes).unwrap();
    let why = told(open(&copy));
    assert!(why.contains("torn.db is not a sound database"), "{why}");
    assert_eq!(fs::read(&copy).unwrap(), bytes);
}

#[tokio::test]
async fn an_empty_file_becomes_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorbook.db");
    fs::write(&path, b"").unwrap();
    assert!(!Store::exists(&path));
    drop(open(&path).unwrap());
    assert!(Store::exists(&path));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let why = told(open(&folder.path().join("nowhere/doorbook.db")));
    assert!(why.contains("nowhere/doorbook.db cannot be opened"), "{why}");
}

#[tokio::test]
async fn one_server_on_one_file() {
    let scratch = Scratch::new();
    assert!(!lock::is_held(&scratch.path()));
    let first = lock::acquire(&scratch.path()).unwrap();
    assert!(lock::is_held(&scratch.path()));
    assert!(matches!(lock::acquire(&scratch.path()), Err(StoreError::Unusable(why)) if why.contains("already")));
    drop(first);
    lock::acquire(&scratch.path()).unwrap();
}

#[tokio::test]
async fn a_clean_stop_leaves_all_in_the_one_file() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(put_code(1)).await;
    let folder = scratch.closed();
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["doorbook.db"]);
}

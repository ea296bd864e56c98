//! Kill -9 in the middle of the work: what was answered is there, no code works twice, and nobody is signed out.

use std::{
    cell::{Cell, RefCell},
    time::Instant,
};

use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types::Text};
use futures_util::future::join_all;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{
    answer::{Answer, Tokens},
    client::{Code, TestClient, confidential_client, public_client},
    program::Program,
};

/// What the program answered before it died.
#[derive(Default)]
struct Ledger {
    registrations: RefCell<Vec<Value>>,
    spent: RefCell<Vec<Code>>,
    answered: Cell<usize>,
}

/// An answer, or nothing because the program died.
async fn answered(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Some(Answer { status, headers, body: response.bytes().await.ok()?.to_vec() })
}

#[actix_web::test]
async fn cra_01_nothing_that_was_answered_is_lost_and_no_code_works_twice() {
    let mut program = Program::start();
    for round in 0..3 {
        let ledger = Ledger::default();
        let (client, held) = one_round(&program, &ledger, 60 + 40 * round).await;
        let (client_registration, tokens) = (client.registration.clone(), held);
        program.killed_and_started();
        let client = TestClient::registered(&program, client_registration);
        let (registrations, spent) = (ledger.registrations.take(), ledger.spent.take());
        assert!(!registrations.is_empty() && !spent.is_empty());
        for registration in registrations {
            let known = TestClient::registered(&program, registration);
            known.reads().await.is(200);
        }
        for one in &tokens {
            let next = client.refreshes(one).await.ok();
            program.gate(&next.access).await.is(200);
        }
        for code in spent {
            client.exchanges(&code).await.refused(400, "invalid_grant");
        }
    }
    program.kill();
    assert_eq!(checked(&program), "ok");
}

/// Clients register, codes are exchanged and tokens refreshed at once, until so many answers came; then the program is dead.
/// Gives the client and the last tokens that each of its refreshing processes holds.
async fn one_round<'a>(program: &'a Program, ledger: &Ledger, enough: usize) -> (TestClient<'a>, Vec<Tokens>) {
    let client = program.registers(public_client()).await;
    let ada = program.ada();
    let mut codes = Vec::new();
    for _ in 0..60 {
        codes.push(ada.consents(&client).await);
    }
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(ada.connects(&client).await);
    }
    let count = || {
        ledger.answered.set(ledger.answered.get() + 1);
        if ledger.answered.get() == enough {
            // Here and now, with requests of every kind on their way.
            program.signal("KILL");
        }
    };
    let registering = join_all((0..4).map(|n| {
        let body = if n == 0 { confidential_client() } else { public_client() };
        async move {
            while let Some(answer) = answered(program.request(reqwest::Method::POST, "/register").json(&body)).await {
                ledger.registrations.borrow_mut().push(answer.is(201).json());
                count();
            }
        }
    }));
    let codes = RefCell::new(codes);
    let exchanging = join_all((0..4).map(|_| async {
        loop {
            let Some(code) = codes.borrow_mut().pop() else { return };
            let fields = [
                ("grant_type", "authorization_code"),
                ("code", code.code.as_str()),
                ("code_verifier", code.verifier.as_str()),
            ];
            let Some(answer) = answered(client.form("/token", &fields, &[])).await else { return };
            answer.is(200);
            ledger.spent.borrow_mut().push(code);
            count();
        }
    }));
    let refreshing = join_all(held.into_iter().map(|mut tokens| {
        let client = &client;
        async move {
            loop {
                let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
                let Some(answer) = answered(client.form("/token", &fields, &[])).await else { return tokens };
                tokens = crate::support::answer::TokenAnswer(answer).ok();
                count();
            }
        }
    }));
    let ((), (), held) = {
        let (a, b, held) = tokio::join!(registering, exchanging, refreshing);
        drop((a, b));
        ((), (), held)
    };
    (client, held)
}

/// What SQLite says of the file.
fn checked(program: &Program) -> String {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }
    let mut db = SqliteConnection::establish(program.file("doorbook.db").to_str().unwrap()).unwrap();
    let lines: Vec<Line> = sql_query("PRAGMA integrity_check").load(&mut db).unwrap();
    lines.into_iter().map(|line| line.integrity_check).collect::<Vec<_>>().join("\n")
}

#[actix_web::test]
async fn cra_03_a_restart_keeps_keys_sessions_waiting_requests_and_codes() {
    let mut program = Program::start();
    let registration = program.registers(public_client()).await.registration;
    let (jar, asked, question, code, tokens) = {
        let client = TestClient::registered(&program, registration.clone());
        let ada = program.ada();
        let tokens = ada.connects(&client).await;
        let code = ada.consents(&client).await;
        let ask = client.asks();
        let question = ada.asked(&ask).await.page();
        (ada.jar.borrow().clone(), ask, question, code, tokens)
    };
    let began = Instant::now();
    program.killed_and_started();
    assert!(began.elapsed().as_secs() < 3, "{:?}", began.elapsed());
    let client = TestClient::registered(&program, registration);
    let ada = program.ada();
    *ada.jar.borrow_mut() = jar;
    program.gate(&tokens.access).await.is(200);
    client.exchanges(&code).await.ok();
    let code = ada.code(&asked, ada.decides(&question, "approve").await);
    client.exchanges(&code).await.ok();
    assert!(
        matches!(ada.asked(&client.asks()).await, crate::support::person::Landing::Page(page) if page.status == 200)
    );
}

#[actix_web::test]
async fn cra_04_a_stop_answers_what_is_in_flight_and_ends_well() {
    let mut program = Program::start();
    let body = confidential_client().to_string();
    let head = format!(
        "POST /register HTTP/1.1\r\nhost: auth.example\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(program.at.trim_start_matches("http://")).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // From here on the request is known to be taken.
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.unwrap();
        assert_eq!(go_on.as_slice(), b"HTTP/1.1 100 Continue\r\n\r\n");
        streams.push(stream);
    }
    program.signal("TERM");
    let mut registered = Vec::new();
    for mut stream in streams {
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        registered.push(serde_json::from_str::<Value>(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap());
    }
    let began = Instant::now();
    assert_eq!(program.ended(), Some(0));
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    program.starts();
    for registration in registered {
        TestClient::registered(&program, registration).reads().await.is(200);
    }
}

#[actix_web::test]
async fn ops_12_a_second_server_on_one_book_is_refused() {
    let program = Program::start();
    let second = program.command(&["serve", "--bind", "127.0.0.1:0"]);
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another Doorbook serves") && said.contains("doorbook.db"), "{said}");
    program.get("/health").await.is(200);
}

//! GitHub on good days and on bad ones, played by a small server.

use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, rt, web};

use super::*;

const SECRET: &str = "hunter2-hunter2-hunter2";

/// A server that answers the token request and the look-up as told.
struct Fake {
    base: String,
    handle: ServerHandle,
    errand: Errand,
}

/// One answer: a status and a body; status 0 never answers.
type Answer = (u16, &'static str);

async fn answer(answer: Answer) -> HttpResponse {
    let (status, body) = answer;
    if status == 0 {
        return std::future::pending().await;
    }
    let status = actix_web::http::StatusCode::from_u16(status).unwrap();
    let mut response = HttpResponse::build(status);
    if status.is_redirection() {
        response.insert_header(("Location", "/hub/user"));
    }
    let long = if body == "LONG" { format!("{{\"login\":\"{}\"}}", "a".repeat(300_000)) } else { body.to_owned() };
    response.content_type("application/json").body(long)
}

impl Fake {
    async fn start(token: Answer, person: Answer) -> Self {
        Self::with_emails(token, person, (404, "{}")).await
    }

    async fn with_emails(token: Answer, person: Answer, emails: Answer) -> Self {
        let server = HttpServer::new(move || {
            let token = move |request: HttpRequest, form: web::Form<Vec<(String, String)>>| async move {
                let sent =
                    |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
                assert_eq!(request.headers().get("accept").unwrap(), "application/json");
                assert_eq!((sent("client_id"), sent("client_secret")), ("Iv1.a".into(), SECRET.into()));
                assert_eq!((sent("code"), sent("code_verifier")), ("c o&de".into(), "verifier".into()));
                assert_eq!(sent("redirect_uri"), "https://door.example/auth/callback");
                answer(token).await
            };
            let looked_up = move |request: HttpRequest, said: Answer| async move {
                let sent = |name: &str| request.headers().get(name).unwrap().to_str().unwrap().to_owned();
                assert_eq!(
                    (sent("authorization"), sent("accept")),
                    ("Bearer gho_x".into(), "application/vnd.github+json".into())
                );
                assert!(sent("user-agent").starts_with("doorbook/"));
                answer(said).await
            };
            let person = move |request: HttpRequest| looked_up(request, person);
            let emails = move |request: HttpRequest| looked_up(request, emails);
            App::new()
                .route("/hub/login/oauth/access_token", web::post().to(token))
                .route("/hub/user", web::get().to(person))
                .route("/hub/user/emails", web::get().to(emails))
        });
        let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
        let base = format!("http://{}/hub", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        rt::spawn(server);
        Self { base, handle, errand: Errand::default() }
    }

    /// A client wants to know the address.
    fn asked_for_email(self) -> Self {
        Self { errand: Errand { email: true, ..Errand::default() }, ..self }
    }

    async fn identifies(self) -> Result<Identity, GitHubError> {
        let http = Http::new(Duration::from_millis(300)).unwrap();
        let verifier = Plain::new("verifier".into());
        let found = identify(&http, &application(&self.base), &issuer(), "c o&de", &verifier, &self.errand).await;
        self.handle.stop(false).await;
        found
    }
}

fn application(base: &str) -> GitHub {
    let client_secret = Plain::new(SECRET.into());
    GitHub { client_id: "Iv1.a".into(), client_secret, site: Site { web: base.into(), api: base.into() } }
}

fn issuer() -> Issuer {
    Issuer::parse("https://door.example/auth").unwrap()
}

const TOKEN: Answer = (200, r#"{"access_token":"gho_x","token_type":"bearer","scope":"read:user"}"#);
const ADA: Answer = (200, r#"{"id":583231,"login":"Ada-L","name":" Ada\u202e L\u0007 ","type":"User","email":null}"#);

#[test]
fn rfc7636_4_3_the_person_goes_there_with_state_and_challenge() {
    let url = authorize_url(&application("https://git.example/hub"), &issuer(), "dbp_s", "chal", &Errand::default());
    let expected = "https://git.example/hub/login/oauth/authorize?client_id=Iv1.a\
        &redirect_uri=https%3A%2F%2Fdoor.example%2Fauth%2Fcallback&scope=read%3Auser&state=dbp_s\
        &code_challenge=chal&code_challenge_method=S256";
    assert_eq!(url, expected);
    let errand = Errand { login: Some("ada-l".into()), email: true };
    let url = authorize_url(&application("https://git.example/hub"), &issuer(), "dbp_s", "chal", &errand);
    assert!(url.contains("&scope=read%3Auser+user%3Aemail&") && url.ends_with("&login=ada-l"), "{url}");
}

#[actix_web::test]
async fn github_says_who_it_is() {
    let ada = Fake::start(TOKEN, ADA).await.identifies().await.unwrap();
    assert_eq!(
        (ada.user_id().as_str(), ada.login.as_str(), ada.name.as_deref()),
        ("github:583231", "Ada-L", Some("Ada L"))
    );
    let nameless =
        Fake::start(TOKEN, (200, r#"{"id":7,"login":"bob_corp","name":null}"#)).await.identifies().await.unwrap();
    assert_eq!((nameless.stable_id.as_str(), nameless.name), ("7", None));
}

#[actix_web::test]
async fn only_the_primary_address_counts_and_only_verified_and_only_when_asked() {
    let all = r#"[{"email":"old@ada.example","primary":false,"verified":true,"visibility":null},
                  {"email":"ada@ada.example","primary":true,"verified":true,"visibility":"private"}]"#;
    let ada = Email::Verified("ada@ada.example".into());
    for (emails, known) in [
        ((200, all), ada),
        ((200, r#"[{"email":"ada@ada.example","primary":true,"verified":false}]"#), Email::None),
        ((200, r#"[{"email":"ada@ada.example","primary":false,"verified":true}]"#), Email::None),
        ((200, r#"[{"email":"a\nb@c","primary":true,"verified":true}]"#), Email::None),
        ((200, r#"[{"email":"@","primary":true,"verified":true}]"#), Email::None),
        ((200, "[]"), Email::None),
        ((403, "{}"), Email::None),
        ((404, "{}"), Email::None),
    ] {
        let found = Fake::with_emails(TOKEN, ADA, emails).await.asked_for_email().identifies().await.unwrap();
        assert_eq!(found.email, known, "{emails:?}");
        let unasked = Fake::with_emails(TOKEN, ADA, emails).await.identifies().await.unwrap();
        assert_eq!(unasked.email, Email::NotAsked);
    }
    for (emails, error) in [((500, "{}"), HttpError::Status(500)), ((200, "{}"), HttpError::NotJson)] {
        let found = Fake::with_emails(TOKEN, ADA, emails).await.asked_for_email().identifies().await;
        assert_eq!(found.unwrap_err(), GitHubError::Lookup(error));
    }
}

#[actix_web::test]
async fn bad_days_of_github_end_in_a_plain_error() {
    use GitHubError as E;
    use HttpError as H;
    let application = |word: &str| E::Application(word.into());
    for (token, person, expected) in [
        ((0, ""), ADA, E::Exchange(H::TimedOut)),
        ((500, "{}"), ADA, E::Exchange(H::Status(500))),
        ((404, "Not Found"), ADA, E::Exchange(H::Status(404))),
        ((302, ""), ADA, E::Exchange(H::Status(302))),
        ((200, "<!doctype html>"), ADA, E::Exchange(H::NotJson)),
        ((200, "[]"), ADA, E::Exchange(H::NotJson)),
        ((200, "LONG"), ADA, E::Exchange(H::TooLarge)),
        ((200, "{}"), ADA, E::Nonsense("neither a token nor an error")),
        ((200, r#"{"access_token":"a\r\nb"}"#), ADA, E::Nonsense("neither a token nor an error")),
        ((200, r#"{"access_token":""}"#), ADA, E::Nonsense("neither a token nor an error")),
        ((200, r#"{"error":"bad_verification_code"}"#), ADA, E::Code),
        ((200, r#"{"error":"incorrect_client_credentials"}"#), ADA, application("incorrect_client_credentials")),
        ((200, r#"{"error":"x\n<b>y","access_token":"gho_x"}"#), ADA, application("xby")),
        (TOKEN, (0, ""), E::Lookup(H::TimedOut)),
        (TOKEN, (401, "{}"), E::Lookup(H::Status(401))),
        (TOKEN, (301, ""), E::Lookup(H::Status(301))),
        (TOKEN, (200, "LONG"), E::Lookup(H::TooLarge)),
        (TOKEN, (200, r#"{"login":"ada"}"#), E::Lookup(H::NotJson)),
        (TOKEN, (200, r#"{"id":"7","login":"ada"}"#), E::Lookup(H::NotJson)),
        (TOKEN, (200, r#"{"id":-7,"login":"ada"}"#), E::Lookup(H::NotJson)),
        (TOKEN, (200, r#"{"id":7.5,"login":"ada"}"#), E::Lookup(H::NotJson)),
        (TOKEN, (200, r#"{"id":0,"login":"ada"}"#), E::Nonsense("the id is no positive number")),
        (TOKEN, (200, r#"{"id":7,"login":""}"#), E::Nonsense("the login has no shape of one")),
        (TOKEN, (200, r#"{"id":7,"login":"*"}"#), E::Nonsense("the login has no shape of one")),
        (TOKEN, (200, r#"{"id":7,"login":"id:8"}"#), E::Nonsense("the login has no shape of one")),
        (TOKEN, (200, r#"{"id":7,"login":" ada"}"#), E::Nonsense("the login has no shape of one")),
    ] {
        let error = Fake::start(token, person).await.identifies().await.unwrap_err();
        assert_eq!(error, expected, "{token:?} {person:?}");
        let told = format!("{error} {error:?}");
        assert!(!told.contains("hunter2") && !told.contains("gho_") && !told.contains("127.0.0.1"), "{told}");
        assert_eq!(error.timed_out(), token.0 == 0 || person.0 == 0);
    }
}

#[actix_web::test]
async fn nobody_listens() {
    let fake = Fake::start(TOKEN, ADA).await;
    fake.handle.stop(false).await;
    let http = Http::new(Duration::from_secs(2)).unwrap();
    let found =
        identify(&http, &application(&fake.base), &issuer(), "c", &Plain::new("v".into()), &Errand::default()).await;
    assert_eq!(found.unwrap_err(), GitHubError::Exchange(HttpError::Unreachable));
}

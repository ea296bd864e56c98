//! The configuration that the dashboard shows for a resource, out of `docs/PROXIES.md`, for this machine and started.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use doorbook::{
    base::{issuer::Issuer, resource::ResourceUri},
    flows::recipes::{self, Places},
};

use crate::support::certificate::Certified;

/// Around nginx's blocks: nothing outside its folder, one process, and no more than a test needs.
const NGINX: &str = "user root;\ndaemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr notice;\n\
    events {}\nhttp {\naccess_log off;\nclient_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\n\
    uwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\n";
/// Before Caddy's blocks: no certificates, no remote control, loopback only.
const CADDY: &str = "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n";

/// A proxy that can be run here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Nginx, Self::Caddy];

    /// What `DOORBOOK_PROXY_HEADERS` calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
        }
    }

    fn proxy(self) -> recipes::Proxy {
        recipes::Proxy::parse(self.name()).unwrap()
    }

    /// Its configuration as the dashboard shows it, which is that of the page. Certificates lie beside it, or there are none.
    fn filled_in(self, place: &Place<'_>) -> String {
        let Place { port, doorbook, guarded, tls } = *place;
        let issuer = Issuer::parse(&format!("https://auth.example:{port}")).unwrap();
        let resource = ResourceUri::parse(&format!("https://127.0.0.1:{port}/mcp")).unwrap();
        let places = Places { issuer: &issuer, doorbook, resource: &resource, behind: guarded };
        let mut text = recipes::text(self.proxy(), &places);
        let (scheme, ssl) = if tls { ("https", " ssl") } else { ("http", "") };
        // Left to itself Caddy would get certificates.
        let shows = if tls { "\n\ttls cert.pem key.pem" } else { "" };
        let site = |host: &str| (format!("{host}:{port} {{"), format!("{scheme}://{host}:{port} {{{shows}"));
        let changes = match self {
            Self::Nginx => vec![
                (format!("listen {port} ssl;"), format!("listen 127.0.0.1:{port}{ssl};")),
                ("https://127.0.0.1".to_owned(), format!("{scheme}://127.0.0.1")),
                ("/etc/ssl/example.com.pem".to_owned(), "cert.pem".to_owned()),
                ("/etc/ssl/example.com.key".to_owned(), "key.pem".to_owned()),
            ],
            Self::Caddy => vec![site("auth.example"), site("127.0.0.1")],
        };
        for (from, to) in changes {
            assert!(text.contains(&from), "no {from} in\n{text}");
            text = text.replace(&from, &to);
        }
        match self {
            Self::Nginx => {
                let lines: Vec<_> = text.lines().filter(|line| tls || !line.contains("ssl_certificate")).collect();
                format!("{NGINX}{}\n}}\n", lines.join("\n"))
            }
            Self::Caddy => format!("{CADDY}{text}"),
        }
    }
}

/// All blocks of one language on the page.
pub(crate) fn blocks(language: &str) -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PROXIES.md")).unwrap();
    let fence = format!("```{language}\n");
    let found: Vec<_> = page.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!found.is_empty(), "no block of {language}");
    found.concat()
}

/// Where everything is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The proxy's own port.
    pub(crate) port: u16,
    /// `address:port`.
    pub(crate) doorbook: &'a str,
    pub(crate) guarded: &'a str,
    /// Whether it shows a certificate.
    pub(crate) tls: bool,
}

/// A port that nobody uses.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A running proxy. Ends when dropped.
pub(crate) struct Proxy {
    process: Child,
    /// The certificate of the authority whose certificate it shows, as PEM.
    pub(crate) root: String,
    _folder: tempfile::TempDir,
}

impl Proxy {
    /// Starts it, and returns once it listens.
    #[expect(clippy::disallowed_methods, reason = "programs are found by the path of whoever runs the tests")]
    pub(crate) fn start(kind: Kind, place: &Place<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        fs::write(&file, kind.filled_in(place)).unwrap();
        let Certified { root, leaf, key } = Certified::of(&["127.0.0.1", "auth.example"]);
        fs::write(folder.path().join("cert.pem"), leaf.pem()).unwrap();
        fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
        // Debian keeps nginx where only root looks.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap());
        let mut command = Command::new(kind.name());
        match kind {
            Kind::Nginx => command.arg("-p").arg(folder.path()).arg("-e").arg("stderr").arg("-c").arg(&file),
            Kind::Caddy => command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file),
        };
        command.env_clear().env("PATH", path).env("HOME", folder.path()).current_dir(folder.path());
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut process = spawned.unwrap_or_else(|error| panic!("{kind:?}: {error}: scripts/test installs it"));
        // What each says as soon as its sockets are open.
        let ready = match kind {
            Kind::Nginx => "getrlimit",
            Kind::Caddy => "serving initial configuration",
        };
        let mut errors = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains(ready) {
            let read = errors.read_line(&mut said).unwrap();
            assert!(read > 0, "{kind:?} did not start:\n{said}");
        }
        // Nobody may stop reading, or it would stand still in the middle of a log line.
        thread::spawn(move || errors.read_to_end(&mut Vec::new()));
        Self { process, root, _folder: folder }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

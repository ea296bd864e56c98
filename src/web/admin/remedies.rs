//! What an administrator can do about a refusal with one press: a page that asks, or a form where nothing need be asked.

use super::{links::segment, policy::remedy};
use crate::{oauth::why::Why, store::audit::Line, web::view::Deed};

/// The deeds that end what this line was refused for; `base` is the path of the public URL.
pub(super) fn of(base: &str, why: Why, line: &Line) -> Vec<Deed> {
    let at = |path: String| format!("{base}/admin{path}");
    let value = line.detail.get("value").and_then(|value| value.as_str());
    if let Some((label, path)) = value.and_then(|value| remedy(why, value)) {
        return vec![Deed::go(label, at(path))];
    }
    let entry = |login: &str, role: &str| at(format!("/access?entries={}&role={role}", segment(login)));
    let deed = match (why, value, &line.client, &line.user) {
        (Why::NotOnAccessList | Why::ResourcePerson, Some(login), ..) => {
            Deed::go(format!("Let {login} in…"), entry(login, "member"))
        }
        (Why::NotAdministrator, Some(login), ..) => {
            Deed::go(format!("Make {login} an administrator…"), entry(login, "administrator"))
        }
        (Why::ClientDisabled | Why::AuthClientDisabled, _, Some(client), _) => {
            Deed::press("Enable it", at("/clients/enable".into()), "client_id", client.as_str())
        }
        (Why::PersonSuspended | Why::BearerPersonOut, _, _, Some(user)) => {
            Deed::press("Restore them", at("/people/restore".into()), "user_id", user.as_str())
        }
        (Why::SecretExpired | Why::SecretWrong, _, Some(client), _) => {
            Deed::go("Rotate its secret…", at(format!("/clients/{}#keys", segment(client.as_str()))))
        }
        (Why::ClientGone, _, Some(client), _) => {
            Deed::go("What is left of it", at(format!("/clients/{}", segment(client.as_str()))))
        }
        (Why::RegistrationClosed, ..) => Deed::go("Registration policy", at("/policy".into())),
        _ => return Vec::new(),
    };
    vec![deed]
}

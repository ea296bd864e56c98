//! Names that pass themselves off as a known product while the answer goes to somebody else. Names are folded first:
//! case, spacing, digits for letters, letters of other scripts that look the same, letters that cannot be seen.

use crate::base::{
    client::{Client, Origin},
    redirect::Destination,
};

/// A product that people know.
#[derive(PartialEq, Eq, Debug)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// The hosts that are its own, with everything below them.
    pub hosts: &'static [&'static str],
    /// Its private-use schemes.
    schemes: &'static [&'static str],
    /// Whether it has a program that answers on the person's own computer.
    local: bool,
    /// Its names, folded.
    words: &'static [&'static str],
    /// Whether its name is rare enough to be found inside other words.
    rare: bool,
}

const fn known(
    name: &'static str,
    words: &'static [&'static str],
    hosts: &'static [&'static str],
    schemes: &'static [&'static str],
) -> Known {
    Known { name, hosts, schemes, local: true, words, rare: false }
}

impl Known {
    const fn rare(self) -> Self {
        Self { rare: true, ..self }
    }

    const fn hosted_only(self) -> Self {
        Self { local: false, ..self }
    }

    /// Whether an answer that goes there goes to it.
    fn owns(&self, destination: &Destination) -> bool {
        match destination {
            Destination::Site(site) => {
                let host = site.split(':').next().unwrap_or_default().to_ascii_lowercase();
                self.hosts.iter().any(|own| host == *own || host.strip_suffix(own).is_some_and(|h| h.ends_with('.')))
            }
            Destination::ThisComputer => self.local,
            Destination::Program(scheme) => self.schemes.contains(&scheme.to_ascii_lowercase().as_str()),
            Destination::Shown => false,
        }
    }
}

/// The products, the more particular names first. `l` stands for `i` in folded words.
const PRODUCTS: [Known; 11] = [
    known(
        "Copilot",
        &["copllot"],
        &["github.com", "microsoft.com", "consent.azure-apim.net", "vscode.dev"],
        &["vscode"],
    )
    .rare(),
    known("GitHub", &["glthub"], &["github.com", "github.dev", "githubcopilot.com"], &[]).rare(),
    known("Codex", &["codex"], &["chatgpt.com", "openai.com"], &["codex"]),
    known("ChatGPT", &["chatgpt", "openal"], &["chatgpt.com", "openai.com"], &[]).rare().hosted_only(),
    known("Claude", &["claude", "anthroplc"], &["claude.ai", "claude.com", "anthropic.com"], &["claude"]).rare(),
    known("Cursor", &["cursor"], &["cursor.com", "cursor.sh"], &["cursor"]),
    known(
        "VS Code",
        &["vscode", "vlsualstudlocode", "vlsualstudlo"],
        &["vscode.dev", "visualstudio.com", "microsoft.com"],
        &["vscode", "vscode-insiders", "code-oss"],
    )
    .rare(),
    known("Gemini", &["gemlnl"], &["gemini.google.com", "google.dev", "cloud.google.com"], &["gemini"]).rare(),
    known("Windsurf", &["wlndsurf"], &["windsurf.com", "codeium.com"], &["windsurf"]),
    known("Zed", &["zed"], &["zed.dev"], &["zed"]),
    known("MCP Inspector", &["mcplnspector"], &["modelcontextprotocol.io"], &[]),
];

/// The known product that a client passes itself off as. One that an administrator answers for is what they say it is; one that
/// a document describes belongs to the site of the document; of any other only where its answers go counts.
pub fn disguise(client: &Client, destination: &Destination) -> Option<&'static Known> {
    if client.is_vouched_for() || client.origin == Origin::Configured {
        return None;
    }
    match client.described_by() {
        Some(host) => looks_like(client.name(), &Destination::Site(host)),
        None => looks_like(client.name(), destination),
    }
}

/// The product whose name this client's name resembles, unless the answer goes to that product.
pub fn looks_like(name: &str, destination: &Destination) -> Option<&'static Known> {
    let words = folded_words(name);
    let resembling: Vec<_> = PRODUCTS.iter().filter(|product| resembles(&words, product)).collect();
    // "GitHub Copilot" is two products in one name: either may own the destination.
    if resembling.iter().any(|product| product.owns(destination)) {
        return None;
    }
    resembling.into_iter().next()
}

/// Whether a name is like another one, or has it in it as words.
pub fn is_like(name: &str, other: &str) -> bool {
    let (words, other) = (folded_words(name), folded_words(other).concat());
    !other.is_empty() && runs(&words).any(|run| is_nearly(&run, &other))
}

/// Whether some run of the name's words, written together, is one of the product's names or nearly so.
fn resembles(words: &[String], product: &Known) -> bool {
    let all = words.concat();
    let inside = product.rare && product.words.iter().any(|word| all.contains(word));
    inside || runs(words).any(|run| product.words.iter().any(|word| is_nearly(&run, word)))
}

/// Every run of words, written together.
fn runs(words: &[String]) -> impl Iterator<Item = String> {
    let runs =
        (0..words.len()).flat_map(move |from| (from + 1..=words.len()).filter_map(move |to| words.get(from..to)));
    runs.map(<[String]>::concat)
}

/// Equal, or for longer names one slip of the pen away.
fn is_nearly(run: &str, word: &str) -> bool {
    run == word || (word.len() >= 6 && one_slip(run.as_bytes(), word.as_bytes()))
}

/// Whether two words differ by one letter more, less, other, or by two neighbours swapped.
fn one_slip(a: &[u8], b: &[u8]) -> bool {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(start..).unwrap_or_default(), b.get(start..).unwrap_or_default());
    let swapped = match (a, b) {
        ([a0, a1, a_rest @ ..], [b0, b1, b_rest @ ..]) => a0 == b1 && a1 == b0 && a_rest == b_rest,
        _ => false,
    };
    swapped || a.get(1..) == Some(b) || Some(a) == b.get(1..) || (a.get(1..) == b.get(1..) && a.len() == b.len())
}

/// The name's words in folded letters.
fn folded_words(name: &str) -> Vec<String> {
    let folded: String = name.chars().filter_map(fold).flat_map(char::to_lowercase).map(same_shape).collect();
    folded.split(' ').filter(|word| !word.is_empty()).map(|word| word.replace("vv", "w").replace("rn", "m")).collect()
}

/// A letter as it looks: `None` for what cannot be seen, a space for what stands between words.
fn fold(c: char) -> Option<char> {
    match c {
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' => None,
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}' => None,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).and_then(fold),
        '\u{1d400}'..='\u{1d6a3}' => letter((u32::from(c) - 0x1d400) % 26),
        '\u{1d7ce}'..='\u{1d7ff}' => char::from_u32(u32::from('0') + (u32::from(c) - 0x1d7ce) % 10),
        '\u{24b6}'..='\u{24e9}' => letter((u32::from(c) - 0x24b6) % 26),
        '@' | '$' | '|' | '!' => Some(c),
        _ if c.is_alphanumeric() => Some(c),
        _ => Some(' '),
    }
}

fn letter(n: u32) -> Option<char> {
    char::from_u32(u32::from('a') + n)
}

/// The plain letter that a lower-case letter or a digit is taken for.
fn same_shape(c: char) -> char {
    match c {
        '0' | 'ο' | 'о' | 'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'ō' | 'σ' | 'օ' => 'o',
        '1' | '|' | '!' | 'i' | 'ı' | 'і' | 'ї' | 'ι' | 'í' | 'ì' | 'î' | 'ï' | 'ī' | 'ł' | 'ӏ' | 'ⅼ' => {
            'l'
        }
        '3' | 'е' | 'ё' | 'ε' | 'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ę' | 'ė' | 'є' => 'e',
        '4' | '@' | 'а' | 'α' | 'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ā' | 'ą' | 'ɑ' => 'a',
        '5' | '$' | 'ѕ' | 'ś' | 'š' | 'ş' => 's',
        '7' | 'т' | 'τ' | 'ţ' | 'ť' => 't',
        '8' | 'в' | 'β' => 'b',
        '6' | '9' | 'ɡ' | 'ğ' | 'ġ' => 'g',
        'с' | 'ϲ' | 'ç' | 'ć' | 'č' | 'ⅽ' => 'c',
        'р' | 'ρ' => 'p',
        'у' | 'γ' | 'ý' | 'ÿ' => 'y',
        'х' | 'χ' => 'x',
        'υ' | 'ú' | 'ù' | 'û' | 'ü' | 'ū' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԁ' | 'ď' | 'đ' | 'ⅾ' => 'd',
        'һ' | 'հ' => 'h',
        'ѡ' | 'ԝ' | 'ω' => 'w',
        'ј' => 'j',
        'м' | 'ⅿ' => 'm',
        'п' | 'η' | 'ñ' | 'ń' | 'ո' => 'n',
        'к' | 'κ' => 'k',
        'г' | 'ř' => 'r',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(host: &str) -> Destination {
        Destination::Site(host.into())
    }

    #[test]
    fn names_that_imitate_are_found() {
        for (name, product) in [
            ("Claude", "Claude"),
            ("claude code", "Claude"),
            ("Claude (official)", "Claude"),
            ("My Claude Desktop", "Claude"),
            ("C l a u d e", "Claude"),
            ("C-L-A-U-D-E", "Claude"),
            ("C1aude", "Claude"),
            ("Cl4ud3", "Claude"),
            ("Сlаudе", "Claude"),
            ("Cla\u{200b}ude", "Claude"),
            ("Clàude", "Claude"),
            ("Cla\u{300}ude", "Claude"),
            ("Ｃｌａｕｄｅ", "Claude"),
            ("\u{1d402}\u{1d425}\u{1d41a}\u{1d42e}\u{1d41d}\u{1d41e}", "Claude"),
            ("Ⓒⓛⓐⓤⓓⓔ", "Claude"),
            ("Cladue", "Claude"),
            ("Claudee", "Claude"),
            ("Claud", "Claude"),
            ("ClaudeAI", "Claude"),
            ("Anthropic", "Claude"),
            ("|claude|", "Claude"),
            ("ChatGPT", "ChatGPT"),
            ("Chat GPT", "ChatGPT"),
            ("ChatGTP", "ChatGPT"),
            ("Chat-G.P.T.", "ChatGPT"),
            ("OpenAI Connector", "ChatGPT"),
            ("0penAI", "ChatGPT"),
            ("Cursor", "Cursor"),
            ("Cursοr", "Cursor"),
            ("CURS0R", "Cursor"),
            ("Cursor Editor", "Cursor"),
            ("Curs0r IDE", "Cursor"),
            ("Visual Studio Code", "VS Code"),
            ("VS Code", "VS Code"),
            ("VSCode", "VS Code"),
            ("V5 C0de", "VS Code"),
            ("VS-Code Insiders", "VS Code"),
            ("GitHub", "GitHub"),
            ("Git Hub", "GitHub"),
            ("G1tHub", "GitHub"),
            ("GitHub Sync", "GitHub"),
            ("Copilot", "Copilot"),
            ("Co-Pilot", "Copilot"),
            ("GitHub Copilot", "Copilot"),
            ("C0p1l0t", "Copilot"),
            ("Gemini CLI", "Gemini"),
            ("Gem1ni", "Gemini"),
            ("Windsurf", "Windsurf"),
            ("VVindsurf", "Windsurf"),
            ("Zed", "Zed"),
            ("Z3d", "Zed"),
            ("Codex", "Codex"),
            ("OpenAI Codex", "Codex"),
            ("MCP Inspector", "MCP Inspector"),
            ("MCP 1nspector", "MCP Inspector"),
        ] {
            assert_eq!(looks_like(name, &site("evil.example")).map(|k| k.name), Some(product), "{name}");
        }
    }

    #[test]
    fn the_real_ones_and_strangers_are_left_alone() {
        for (name, to) in [
            ("Claude", site("claude.ai")),
            ("Claude", site("CLAUDE.AI")),
            ("Claude", site("www.claude.com:443")),
            ("Claude Code", Destination::ThisComputer),
            ("ChatGPT", site("chatgpt.com")),
            ("Codex", Destination::ThisComputer),
            ("Cursor", Destination::Program("cursor".into())),
            ("Cursor", site("www.cursor.com")),
            ("Visual Studio Code", site("vscode.dev")),
            ("Visual Studio Code", site("insiders.vscode.dev")),
            ("GitHub Copilot CLI", Destination::ThisComputer),
            ("GitHub Copilot", site("vscode.dev")),
            ("Gemini CLI MCP Client", Destination::ThisComputer),
            ("MCP Inspector", Destination::ThisComputer),
            ("Zed", Destination::Program("zed".into())),
            ("Windsurf", Destination::Program("windsurf".into())),
            ("Precursor lab", site("a.example")),
            ("Organized notes", site("a.example")),
            ("Cloud sync", site("a.example")),
            ("Claudia's notes", site("a.example")),
            ("Home Inspector", site("a.example")),
            ("Codec tools", site("a.example")),
            ("Unnamed client", site("a.example")),
            ("日本語クライアント", site("a.example")),
            ("", site("a.example")),
        ] {
            assert_eq!(looks_like(name, &to), None, "{name}");
        }
    }

    #[test]
    fn a_name_is_like_another_that_looks_the_same() {
        for (name, other, like) in [
            ("Bank of Ada", "bank of ada", true),
            ("The BANK-OF-ADA app", "Bank of Ada", true),
            ("B4nk of Аda", "Bank of Ada", true),
            ("Bank of Adam", "Bank of Ada", true),
            ("Bank", "Bank of Ada", false),
            ("Riverbank of Ada", "Root", false),
            ("Rooted", "Root", false),
            ("root", "Root", true),
            ("anything", "", false),
            ("", "Root", false),
        ] {
            assert_eq!(is_like(name, other), like, "{name}");
        }
    }

    #[test]
    fn a_host_that_only_ends_alike_is_not_its_own() {
        for (name, host) in [
            ("Claude", "notclaude.ai"),
            ("Claude", "claude.ai.evil.example"),
            ("ChatGPT", "chatgpt.com.evil.example"),
            ("Cursor", "cursor-com.example"),
        ] {
            assert!(looks_like(name, &site(host)).is_some(), "{host}");
        }
        assert!(looks_like("ChatGPT", &Destination::ThisComputer).is_some());
        assert!(looks_like("Cursor", &Destination::Program("cursr".into())).is_some());
    }
}

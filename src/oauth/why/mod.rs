//! Why something was refused: one reason for each check, private to this server. The client sees the words of
//! [`OAuthError`](super::error::OAuthError); the administrator finds the reason in the log, the audit and the dashboard.

mod table;

use serde::{Serialize, Serializer};
use table::row_of;

/// A stable reason for a refusal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each variant has its sentence in the table")]
pub enum Why {
    // Registration (RFC 7591)
    RegistrationClosed,
    MetadataNotJson,
    MetadataType,
    RedirectMissing,
    RedirectTooMany,
    RedirectTooLong,
    RedirectCharacters,
    RedirectNotAbsolute,
    RedirectFragment,
    RedirectUserInfo,
    RedirectWildcard,
    RedirectHost,
    RedirectPlainHttp,
    RedirectExecutingScheme,
    RedirectUnknownScheme,
    RedirectOutOfBandOff,
    GrantTypesUnsupported,
    ResponseTypesUnsupported,
    GrantResponseDiffer,
    AuthMethodUnsupported,
    MetadataTooLong,
    MetadataCharacters,
    ContactsTooMany,
    MetadataUri,
    JwksTwice,
    JwksShape,
    StatementMalformed,
    StatementUnapproved,
    RegistrationsFull,
    MetadataTooMany,
    JwksMissing,
    AuthAlgorithmUnsupported,
    GrantNeedsSecret,
    // Management (RFC 7592)
    RegistrationTokenMissing,
    RegistrationTokenWrong,
    UpdateClientId,
    UpdateSecret,
    UpdateServerMember,
    // Authorization (RFC 6749 section 4.1.1)
    ClientIdMissing,
    ClientUnknown,
    ClientGone,
    ClientDisabled,
    RedirectNeeded,
    RedirectNotRegistered,
    ResponseTypeMissing,
    ResponseTypeUnsupported,
    ResponseModeUnsupported,
    ChallengeMissing,
    ChallengeMethod,
    ChallengeMalformed,
    ResourceUnknown,
    ResourceMalformed,
    ResourceSeveral,
    PromptContradicts,
    MaxAgeMalformed,
    RequestObject,
    RequestUri,
    StateTooLong,
    LoginRequired,
    ConsentRequired,
    PersonDenied,
    CodeGrantNotRegistered,
    RequestOver,
    RequestOtherBrowser,
    RequestOutdated,
    PushRequired,
    PushedReference,
    PushedUnknown,
    PushedSpent,
    ProofKeyMalformed,
    UserCodeUnknown,
    UserCodeOver,
    // Client id metadata documents
    DocumentUrl,
    DocumentsClosed,
    DocumentHost,
    DocumentAddress,
    DocumentUnreachable,
    DocumentStatus,
    DocumentType,
    DocumentInvalid,
    DocumentGone,
    DocumentBudget,
    // OpenID Connect
    NonceTooLong,
    // Client authentication (RFC 6749 section 2.3)
    CredentialsMissing,
    BasicMalformed,
    TwoMethods,
    ClientIdDiffers,
    AssertionUnsupported,
    AuthClientUnknown,
    AuthClientDisabled,
    SecretMissing,
    SecretWrong,
    SecretExpired,
    SecretOfPublicClient,
    AssertionMalformed,
    AssertionAlgorithm,
    AssertionSubject,
    AssertionAudience,
    AssertionTime,
    AssertionId,
    AssertionSignature,
    AssertionReplayed,
    AssertionMissing,
    AssertionUnregistered,
    KeysUnreachable,
    // Tokens (RFC 6749 section 3.2), revocation, introspection
    GrantTypeMissing,
    GrantTypeUnsupported,
    GrantNotRegistered,
    CodeMissing,
    CodeShape,
    CodeUnknown,
    CodeOtherClient,
    CodeRedirectDiffers,
    VerifierMissing,
    VerifierMalformed,
    VerifierWrong,
    CodeExpired,
    CodeReplayed,
    ResourceDiffers,
    GrantOver,
    RefreshMissing,
    RefreshShape,
    RefreshUnknown,
    RefreshOtherClient,
    RefreshExpired,
    RefreshReused,
    ScopeWider,
    PersonNotAllowed,
    TokenParameterMissing,
    ProofMissing,
    ProofMalformed,
    ProofOtherRequest,
    ProofTime,
    ProofReplayed,
    ProofOtherKey,
    ClientNotVouchedFor,
    DeviceCodeMissing,
    DeviceCodeShape,
    DeviceUnknown,
    DeviceOtherClient,
    DeviceSpent,
    DevicePending,
    DeviceTooFast,
    DeviceExpired,
    // The gate
    BearerMissing,
    BearerMalformed,
    BearerUnreadable,
    BearerExpired,
    BearerRevoked,
    BearerClientOut,
    BearerPersonOut,
    AudienceDiffers,
    ScopeInsufficient,
    ResourceUnmatched,
    TargetMalformed,
    TargetMissing,
    ResourcePerson,
    StandingStale,
    BearerBound,
    ProofUnbound,
    // Sign-in and people
    NotOnAccessList,
    PersonSuspended,
    LoginOtherPerson,
    NotAdministrator,
    GitHubDenied,
    GitHubFailed,
    CallbackUnknown,
    CallbackOtherBrowser,
    ClaimOver,
    LocalForwarded,
    LocalHost,
    LocalName,
    FormToken,
    SessionOver,
    // Limits and the form of requests
    TooMany,
    BodyTooLarge,
    BodyTooSlow,
    NotFound,
    MethodNotAllowed,
    ContentType,
    FormMalformed,
    ParameterRepeated,
    ParametersTooMany,
    Busy,
    Broken,
    // What an administrator cannot do
    LastAdministrator,
    EntryConfigured,
    EverybodyAdministrator,
    SecretOfPublic,
    StoneFinal,
    StoneWithSecret,
    ResourceConfigured,
    ResourceSpelling,
    ClientConfigured,
}

impl Why {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 194] = [
        Self::RegistrationClosed,
        Self::MetadataNotJson,
        Self::MetadataType,
        Self::RedirectMissing,
        Self::RedirectTooMany,
        Self::RedirectTooLong,
        Self::RedirectCharacters,
        Self::RedirectNotAbsolute,
        Self::RedirectFragment,
        Self::RedirectUserInfo,
        Self::RedirectWildcard,
        Self::RedirectHost,
        Self::RedirectPlainHttp,
        Self::RedirectExecutingScheme,
        Self::RedirectUnknownScheme,
        Self::RedirectOutOfBandOff,
        Self::GrantTypesUnsupported,
        Self::ResponseTypesUnsupported,
        Self::GrantResponseDiffer,
        Self::AuthMethodUnsupported,
        Self::MetadataTooLong,
        Self::MetadataCharacters,
        Self::ContactsTooMany,
        Self::MetadataUri,
        Self::JwksTwice,
        Self::JwksShape,
        Self::StatementMalformed,
        Self::StatementUnapproved,
        Self::RegistrationsFull,
        Self::MetadataTooMany,
        Self::JwksMissing,
        Self::AuthAlgorithmUnsupported,
        Self::GrantNeedsSecret,
        Self::RegistrationTokenMissing,
        Self::RegistrationTokenWrong,
        Self::UpdateClientId,
        Self::UpdateSecret,
        Self::UpdateServerMember,
        Self::ClientIdMissing,
        Self::ClientUnknown,
        Self::ClientGone,
        Self::ClientDisabled,
        Self::RedirectNeeded,
        Self::RedirectNotRegistered,
        Self::ResponseTypeMissing,
        Self::ResponseTypeUnsupported,
        Self::ResponseModeUnsupported,
        Self::ChallengeMissing,
        Self::ChallengeMethod,
        Self::ChallengeMalformed,
        Self::ResourceUnknown,
        Self::ResourceMalformed,
        Self::ResourceSeveral,
        Self::PromptContradicts,
        Self::MaxAgeMalformed,
        Self::RequestObject,
        Self::RequestUri,
        Self::StateTooLong,
        Self::LoginRequired,
        Self::ConsentRequired,
        Self::PersonDenied,
        Self::CodeGrantNotRegistered,
        Self::RequestOver,
        Self::RequestOtherBrowser,
        Self::RequestOutdated,
        Self::PushRequired,
        Self::PushedReference,
        Self::PushedUnknown,
        Self::PushedSpent,
        Self::ProofKeyMalformed,
        Self::UserCodeUnknown,
        Self::UserCodeOver,
        Self::DocumentUrl,
        Self::DocumentsClosed,
        Self::DocumentHost,
        Self::DocumentAddress,
        Self::DocumentUnreachable,
        Self::DocumentStatus,
        Self::DocumentType,
        Self::DocumentInvalid,
        Self::DocumentGone,
        Self::DocumentBudget,
        Self::NonceTooLong,
        Self::CredentialsMissing,
        Self::BasicMalformed,
        Self::TwoMethods,
        Self::ClientIdDiffers,
        Self::AssertionUnsupported,
        Self::AuthClientUnknown,
        Self::AuthClientDisabled,
        Self::SecretMissing,
        Self::SecretWrong,
        Self::SecretExpired,
        Self::SecretOfPublicClient,
        Self::AssertionMalformed,
        Self::AssertionAlgorithm,
        Self::AssertionSubject,
        Self::AssertionAudience,
        Self::AssertionTime,
        Self::AssertionId,
        Self::AssertionSignature,
        Self::AssertionReplayed,
        Self::AssertionMissing,
        Self::AssertionUnregistered,
        Self::KeysUnreachable,
        Self::GrantTypeMissing,
        Self::GrantTypeUnsupported,
        Self::GrantNotRegistered,
        Self::CodeMissing,
        Self::CodeShape,
        Self::CodeUnknown,
        Self::CodeOtherClient,
        Self::CodeRedirectDiffers,
        Self::VerifierMissing,
        Self::VerifierMalformed,
        Self::VerifierWrong,
        Self::CodeExpired,
        Self::CodeReplayed,
        Self::ResourceDiffers,
        Self::GrantOver,
        Self::RefreshMissing,
        Self::RefreshShape,
        Self::RefreshUnknown,
        Self::RefreshOtherClient,
        Self::RefreshExpired,
        Self::RefreshReused,
        Self::ScopeWider,
        Self::PersonNotAllowed,
        Self::TokenParameterMissing,
        Self::ProofMissing,
        Self::ProofMalformed,
        Self::ProofOtherRequest,
        Self::ProofTime,
        Self::ProofReplayed,
        Self::ProofOtherKey,
        Self::ClientNotVouchedFor,
        Self::DeviceCodeMissing,
        Self::DeviceCodeShape,
        Self::DeviceUnknown,
        Self::DeviceOtherClient,
        Self::DeviceSpent,
        Self::DevicePending,
        Self::DeviceTooFast,
        Self::DeviceExpired,
        Self::BearerMissing,
        Self::BearerMalformed,
        Self::BearerUnreadable,
        Self::BearerExpired,
        Self::BearerRevoked,
        Self::BearerClientOut,
        Self::BearerPersonOut,
        Self::AudienceDiffers,
        Self::ScopeInsufficient,
        Self::ResourceUnmatched,
        Self::TargetMalformed,
        Self::TargetMissing,
        Self::ResourcePerson,
        Self::StandingStale,
        Self::BearerBound,
        Self::ProofUnbound,
        Self::NotOnAccessList,
        Self::PersonSuspended,
        Self::LoginOtherPerson,
        Self::NotAdministrator,
        Self::GitHubDenied,
        Self::GitHubFailed,
        Self::CallbackUnknown,
        Self::CallbackOtherBrowser,
        Self::ClaimOver,
        Self::LocalForwarded,
        Self::LocalHost,
        Self::LocalName,
        Self::FormToken,
        Self::SessionOver,
        Self::TooMany,
        Self::BodyTooLarge,
        Self::BodyTooSlow,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::ContentType,
        Self::FormMalformed,
        Self::ParameterRepeated,
        Self::ParametersTooMany,
        Self::Busy,
        Self::Broken,
        Self::LastAdministrator,
        Self::EntryConfigured,
        Self::EverybodyAdministrator,
        Self::SecretOfPublic,
        Self::StoneFinal,
        Self::StoneWithSecret,
        Self::ResourceConfigured,
        Self::ResourceSpelling,
        Self::ClientConfigured,
    ];

    /// `DB-101`: stable; what error pages show and people search for.
    pub const fn code(self) -> &'static str {
        row_of(self).code
    }

    /// `registration_closed`: stable; for logs, metrics and filters.
    pub const fn slug(self) -> &'static str {
        row_of(self).slug
    }

    /// What happened, in plain words and printable ASCII.
    pub const fn words(self) -> &'static str {
        row_of(self).words
    }

    /// Who does what about it.
    pub const fn fix(self) -> &'static str {
        row_of(self).fix
    }

    /// Finds a reason by its code or its short name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.code() == text || why.slug() == text)
    }
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.slug())
    }
}

#[cfg(test)]
mod tests {
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
    fn rfc6749_5_2_words_may_stand_in_an_error_description() {
        for why in Why::ALL {
            let good = why.words().bytes().all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\');
            assert!(good && why.words().len() > 10 && why.fix().len() > 10, "{}", why.code());
        }
    }
}

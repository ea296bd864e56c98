//! Table definitions, in the order of the migrations. Kept equal to them by a test.

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    keys (id) {
        id -> Text,
        algorithm -> Text,
        state -> Text,
        sealed -> Text,
        created_at -> BigInt,
        signs_at -> BigInt,
        retires_at -> Nullable<BigInt>,
        purpose -> Text,
        stopped_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        login -> Text,
        name -> Nullable<Text>,
        suspended_at -> Nullable<BigInt>,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        email -> Nullable<Text>,
        email_asked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    access_entries (who, role) {
        who -> Text,
        role -> Text,
        created_at -> BigInt,
        created_by -> Nullable<Text>,
    }
}

diesel::table! {
    login_bindings (login) {
        login -> Text,
        user_id -> Text,
        bound_at -> BigInt,
    }
}

diesel::table! {
    claim_links (digest) {
        digest -> Text,
        expires_at -> BigInt,
        spent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (digest) {
        digest -> Text,
        user_id -> Nullable<Text>,
        state -> Text,
        ip -> Text,
        user_agent -> Text,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    clients (id) {
        id -> Text,
        name -> Text,
        metadata -> Text,
        likeness -> Text,
        origin -> Text,
        trusted -> Bool,
        secret -> Nullable<Text>,
        secret_at -> Nullable<BigInt>,
        secret_expires_at -> Nullable<BigInt>,
        old_secret -> Nullable<Text>,
        old_secret_at -> Nullable<BigInt>,
        old_secret_expires_at -> Nullable<BigInt>,
        registration_token -> Nullable<Text>,
        registration_token_at -> Nullable<BigInt>,
        created_at -> BigInt,
        created_ip -> Text,
        created_by -> Nullable<Text>,
        updated_at -> BigInt,
        authorized_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        active_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
        initial_token -> Nullable<Text>,
        most_scope -> Nullable<Text>,
        waits -> Bool,
        statement -> Nullable<Text>,
        stated_by -> Nullable<Text>,
        proof -> Text,
    }
}

diesel::table! {
    client_terms (term, client_id) {
        term -> Text,
        client_id -> Text,
    }
}

diesel::table! {
    client_counts (origin) {
        origin -> Text,
        n -> BigInt,
    }
}

diesel::table! {
    tombstones (id) {
        id -> Text,
        metadata -> Text,
        why -> Text,
        left_by -> Nullable<Text>,
        created_at -> BigInt,
        left_at -> BigInt,
    }
}

diesel::table! {
    policy_versions (version) {
        version -> BigInt,
        changes -> Text,
        before -> Text,
        after -> Text,
        note -> Nullable<Text>,
        actor_kind -> Text,
        actor -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    initial_tokens (id) {
        id -> Text,
        digest -> Text,
        label -> Text,
        scopes -> Text,
        redirect_hosts -> Text,
        grant_types -> Text,
        most_uses -> Nullable<BigInt>,
        uses -> BigInt,
        expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
        created_by -> Nullable<Text>,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    approval_waits (id) {
        id -> Text,
        request -> Text,
        client_id -> Text,
        likeness -> Text,
        user_id -> Text,
        auth_time -> BigInt,
        scope -> Text,
        audience -> Text,
        ends_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
        decided_at -> Nullable<BigInt>,
        allowed -> Nullable<Bool>,
        until -> Nullable<BigInt>,
    }
}

diesel::table! {
    approvals (id) {
        id -> Text,
        likeness -> Text,
        name -> Text,
        user_id -> Nullable<Text>,
        allowed -> Bool,
        until -> Nullable<BigInt>,
        created_at -> BigInt,
        created_by -> Nullable<Text>,
    }
}

diesel::table! {
    registration_attempts (seq) {
        seq -> BigInt,
        attempt -> Text,
        refused -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    grants (id) {
        id -> Text,
        client_id -> Text,
        user_id -> Text,
        scope -> Text,
        audience -> Text,
        redirect_uri -> Text,
        auth_time -> BigInt,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        ended_why -> Nullable<Text>,
        last_used_at -> Nullable<BigInt>,
        active_at -> BigInt,
    }
}

diesel::table! {
    codes (digest) {
        digest -> Text,
        grant_id -> Text,
        client_id -> Text,
        redirect_uri -> Text,
        challenge -> Text,
        expires_at -> BigInt,
        spent_at -> Nullable<BigInt>,
        key_thumbprint -> Nullable<Text>,
        nonce -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (digest) {
        digest -> Text,
        grant_id -> Text,
        client_id -> Text,
        expires_at -> BigInt,
        spent_at -> Nullable<BigInt>,
        key_thumbprint -> Nullable<Text>,
    }
}

diesel::table! {
    replies (id) {
        id -> BigInt,
        digest -> Text,
        successor -> Text,
        spent_for -> Text,
        reply -> Text,
        until -> BigInt,
    }
}

diesel::table! {
    access_tokens (id) {
        id -> Text,
        grant_id -> Text,
        client_id -> Text,
        user_id -> Text,
        audience -> Text,
        scope -> Text,
        issued_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        digest -> Nullable<Text>,
    }
}

diesel::table! {
    consents (user_id, client_id, redirect_uri, audience) {
        user_id -> Text,
        client_id -> Text,
        redirect_uri -> Text,
        audience -> Text,
        scope -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    parked (digest) {
        digest -> Text,
        client_id -> Nullable<Text>,
        request -> Text,
        browser -> Text,
        user_id -> Nullable<Text>,
        auth_time -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
        returned_at -> Nullable<BigInt>,
        decided_at -> Nullable<BigInt>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    resources (uri) {
        uri -> Text,
        name -> Text,
        scopes -> Text,
        required_scopes -> Text,
        people -> Text,
        allow_preflight -> Bool,
        configured -> Bool,
        secret -> Nullable<Text>,
        created_at -> BigInt,
        require_dpop -> Bool,
        token_seconds -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit (seq) {
        seq -> BigInt,
        block -> BigInt,
        at -> BigInt,
        event -> Text,
        reason -> Nullable<Text>,
        actor_kind -> Text,
        actor -> Text,
        client_id -> Nullable<Text>,
        user_id -> Nullable<Text>,
        grant_id -> Nullable<Text>,
        ip -> Text,
        request_id -> Text,
        detail -> Text,
    }
}

diesel::table! {
    standing_changes (seq) {
        seq -> BigInt,
        kind -> Text,
        subject -> Text,
        until -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    servers (id) {
        id -> Text,
        seen -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    tallies (hour, name) {
        hour -> BigInt,
        name -> Text,
        n -> BigInt,
    }
}

diesel::table! {
    documents (client_id) {
        client_id -> Text,
        fetched_at -> BigInt,
        fresh_until -> BigInt,
        stale_until -> BigInt,
        trouble -> Nullable<Text>,
    }
}

diesel::table! {
    document_hosts (host) {
        host -> Text,
        approved_at -> BigInt,
        approved_by -> Nullable<Text>,
    }
}

diesel::table! {
    assertions (digest) {
        digest -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    device_codes (digest) {
        digest -> Text,
        user_code -> Text,
        client_id -> Text,
        scope -> Text,
        audience -> Text,
        ip -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        poll_interval -> BigInt,
        polled_at -> Nullable<BigInt>,
        decided_at -> Nullable<BigInt>,
        grant_id -> Nullable<Text>,
        spent_at -> Nullable<BigInt>,
        asked -> Nullable<Text>,
    }
}

diesel::table! {
    scope_sentences (scope) {
        scope -> Text,
        sentence -> Text,
        configured -> Bool,
    }
}

diesel::table! {
    vouched_grants (grant_id) {
        grant_id -> Text,
        issuer -> Text,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        digest -> Text,
        label -> Text,
        role -> Text,
        user_id -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        last_used_ip -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit_seals (last) {
        last -> BigInt,
        first -> BigInt,
        at -> BigInt,
        seal -> Text,
    }
}

diesel::table! {
    resource_calls (caller, target) {
        caller -> Text,
        target -> Text,
        configured -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    activity (hour, hours) {
        hour -> BigInt,
        hours -> BigInt,
        people -> BigInt,
        clients -> BigInt,
    }
}

diesel::table! {
    gate_traffic (hour, uri) {
        hour -> BigInt,
        uri -> Text,
        passed -> BigInt,
        challenged -> BigInt,
        refused -> BigInt,
    }
}

diesel::table! {
    job_runs (name) {
        name -> Text,
        began_at -> BigInt,
        took_ms -> BigInt,
        done -> BigInt,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    findings (name) {
        name -> Text,
        at -> BigInt,
        state -> Text,
        found -> Text,
    }
}

diesel::table! {
    backups (file) {
        file -> Text,
        taken_at -> BigInt,
        bytes -> BigInt,
        checked_at -> BigInt,
        trouble -> Nullable<Text>,
    }
}

diesel::joinable!(vouched_grants -> grants (grant_id));
diesel::joinable!(codes -> grants (grant_id));
diesel::joinable!(refresh_tokens -> grants (grant_id));
diesel::joinable!(access_tokens -> grants (grant_id));

diesel::allow_tables_to_appear_in_same_query!(
    settings,
    keys,
    users,
    access_entries,
    login_bindings,
    claim_links,
    sessions,
    clients,
    client_terms,
    client_counts,
    tombstones,
    policy_versions,
    initial_tokens,
    approval_waits,
    approvals,
    registration_attempts,
    grants,
    codes,
    refresh_tokens,
    replies,
    access_tokens,
    consents,
    parked,
    resources,
    audit,
    standing_changes,
    servers,
    tallies,
    documents,
    document_hosts,
    assertions,
    device_codes,
    vouched_grants,
    resource_calls,
    api_tokens,
    scope_sentences,
    gate_traffic,
    activity,
    audit_seals,
    job_runs,
    findings,
    backups
);

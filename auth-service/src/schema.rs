//! The tables, the same on both backends. Times are microseconds since 1970.

diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Text,
        username_key -> Text,
        email -> Text,
        first_name -> Text,
        last_name -> Text,
        password_hash -> Text,
        created_at -> BigInt,
        changed_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> BigInt,
        device -> Text,
        address -> Text,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    refresh_tokens (hash) {
        hash -> Binary,
        session_id -> Text,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    password_resets (hash) {
        hash -> Binary,
        user_id -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    reset_mails (id) {
        id -> Text,
        email -> Text,
        user_id -> Nullable<BigInt>,
        address -> Text,
        device -> Text,
        asked_at -> BigInt,
        tries -> Integer,
        due_at -> BigInt,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        x -> Text,
        private_key -> Binary,
        created_at -> BigInt,
        retired_at -> Nullable<BigInt>,
        signs_from -> BigInt,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        body -> Text,
        due_at -> BigInt,
        kept_at -> BigInt,
    }
}

diesel::table! {
    limits (key) {
        key -> Text,
        empty_at -> BigInt,
    }
}

diesel::table! {
    second_factors (user_id) {
        user_id -> BigInt,
        secret -> Binary,
        confirmed_at -> Nullable<BigInt>,
        last_step -> BigInt,
    }
}

diesel::table! {
    recovery_codes (hash) {
        hash -> Binary,
        user_id -> BigInt,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(password_resets -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(users, sessions, refresh_tokens, password_resets);

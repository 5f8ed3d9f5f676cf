//! The tables, the same for both backends. See `migrations/` for what they mean.

diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Text,
        username_key -> Text,
        first_name -> Text,
        last_name -> Text,
    }
}

diesel::table! {
    users_asked (id) {
        id -> Integer,
        at -> BigInt,
    }
}

diesel::table! {
    chats (id) {
        id -> BigInt,
        uri -> Text,
        name -> Nullable<Text>,
        created_by -> BigInt,
        last_seq -> BigInt,
        last_message_id -> Nullable<BigInt>,
        last_at -> BigInt,
        created_at -> BigInt,
        link -> Nullable<Text>,
        direct_key -> Nullable<Text>,
        member_count -> Integer,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    members (chat_id, user_id) {
        chat_id -> BigInt,
        user_id -> BigInt,
        joined_at -> BigInt,
        role -> Integer,
        read_seq -> BigInt,
    }
}

diesel::table! {
    bans (chat_id, user_id) {
        chat_id -> BigInt,
        user_id -> BigInt,
        by_id -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    messages (id) {
        id -> BigInt,
        chat_id -> BigInt,
        seq -> BigInt,
        sender_id -> BigInt,
        client_id -> Nullable<Text>,
        text -> Text,
        reply_to -> Nullable<BigInt>,
        at -> BigInt,
        edited_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    message_versions (message_id, seq) {
        message_id -> BigInt,
        seq -> BigInt,
        text -> Text,
        by_id -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    mentions (message_id, user_id) {
        message_id -> BigInt,
        user_id -> BigInt,
        chat_id -> BigInt,
        seq -> BigInt,
    }
}

diesel::table! {
    reactions (message_id, emoji, user_id) {
        message_id -> BigInt,
        emoji -> Text,
        user_id -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    events (chat_id, seq) {
        chat_id -> BigInt,
        seq -> BigInt,
        kind -> Text,
        user_id -> Nullable<BigInt>,
        frame -> Text,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        places -> Text,
        due_at -> BigInt,
    }
}

diesel::table! {
    retention (chat_id) {
        chat_id -> BigInt,
        days -> Integer,
    }
}

diesel::joinable!(members -> chats (chat_id));
diesel::joinable!(members -> users (user_id));
diesel::joinable!(messages -> users (sender_id));
diesel::allow_tables_to_appear_in_same_query!(
    users, chats, members, messages, mentions, reactions, events, outbox, retention
);

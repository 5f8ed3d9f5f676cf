//! How our own types of numbers and texts stand in the OpenAPI documents.

/// Describes a type that is written as a string; the closure adds its limits.
macro_rules! string {
    ($name:ident, $describe:expr) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use utoipa::openapi::schema::{ObjectBuilder, Type};
                let describe: fn(ObjectBuilder) -> ObjectBuilder = $describe;
                describe(ObjectBuilder::new().schema_type(Type::String)).into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

/// Describes an id or position: a whole number that JavaScript counts exactly.
macro_rules! number {
    ($name:ident) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use utoipa::openapi::schema::{ObjectBuilder, Type};
                let whole = ObjectBuilder::new().schema_type(Type::Integer);
                whole.minimum(Some(0)).maximum(Some(crate::ids::LARGEST)).into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use {number, string};

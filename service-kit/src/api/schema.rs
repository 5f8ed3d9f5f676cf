//! What can be told from a schema alone.

use utoipa::openapi::schema::{AllOf, AnyOf, Array, ArrayItems, Object, OneOf, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// The same without null, which neither a form nor a query has a way to say.
pub(super) fn without_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(schema) = schema else { return schema };
    RefOr::T(match schema {
        Schema::Object(object) => Schema::Object(of_object(object)),
        Schema::Array(array) => Schema::Array(of_array(array)),
        Schema::AllOf(all) => Schema::AllOf(AllOf { items: of_items(all.items), ..all }),
        Schema::AnyOf(any) => Schema::AnyOf(AnyOf { items: of_items(any.items), ..any }),
        Schema::OneOf(one) => {
            let mut items = of_items(one.items);
            if items.len() == 1 {
                return items.remove(0);
            }
            Schema::OneOf(OneOf { items, ..one })
        }
        other => other,
    })
}

fn of_object(mut object: Object) -> Object {
    if let SchemaType::Array(types) = &mut object.schema_type {
        types.retain(|one| *one != Type::Null);
        if let [only] = types.as_slice() {
            object.schema_type = SchemaType::Type(only.clone());
        }
    }
    object.properties = object.properties.into_iter().map(|(name, schema)| (name, without_null(schema))).collect();
    object
}

fn of_array(mut array: Array) -> Array {
    if let ArrayItems::RefOrSchema(items) = array.items {
        array.items = ArrayItems::RefOrSchema(Box::new(without_null(*items)));
    }
    array
}

fn of_items(items: Vec<RefOr<Schema>>) -> Vec<RefOr<Schema>> {
    items.into_iter().filter(|item| !is_null(item)).map(without_null).collect()
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

/// Nothing must be in it: a client may as well send no body.
pub(super) fn asks_for_nothing(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => object.required.is_empty(),
        RefOr::T(Schema::AllOf(all)) => all.items.iter().all(asks_for_nothing),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn schema(json: Value) -> RefOr<Schema> {
        serde_json::from_value(json).expect("a schema")
    }

    #[test]
    fn a_form_has_no_null() {
        let nullable = json!({"type": "object", "properties": {
            "name": {"oneOf": [{"$ref": "#/components/schemas/Name"}, {"type": "null"}]},
            "next": {"type": ["string", "null"]},
            "tags": {"type": "array", "items": {"type": ["integer", "null"]}},
        }});
        let plain = json!({"type": "object", "properties": {
            "name": {"$ref": "#/components/schemas/Name"},
            "next": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "integer"}},
        }});
        assert!(without_null(schema(nullable.clone())) == schema(plain.clone()));
        assert!(without_null(schema(json!({"allOf": [nullable]}))) == schema(json!({"allOf": [plain]})));
    }

    #[test]
    fn a_body_of_which_every_field_may_be_left_out_may_be_left_out_itself() {
        assert!(asks_for_nothing(&schema(json!({"type": "object", "properties": {"name": {"type": "string"}}}))));
        assert!(!asks_for_nothing(&schema(json!({"type": "object", "required": ["name"]}))));
        let one_of = json!({"oneOf": [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}]});
        assert!(!asks_for_nothing(&schema(json!({"allOf": [{"type": "object"}, one_of]}))));
    }
}

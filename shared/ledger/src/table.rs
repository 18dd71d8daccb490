//! The table itself. `template.yaml` declares the same for AWS; `embedded` and tests make it from here.

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType,
    },
};

use crate::LedgerError;

/// Index of cases by state.
pub const CASES_INDEX: &str = "cases";
/// Attributes that are keys of the table or an index.
pub const KEY_ATTRIBUTES: [&str; 4] = ["pk", "sk", "gsi1pk", "gsi1sk"];
/// The indexes: name, partition key, sort key, and what is copied into it.
const INDEXES: [(&str, &str, &str, &str); 1] = [(CASES_INDEX, "gsi1pk", "gsi1sk", "ALL")];

/// The table as JSON, as `CreateTable` takes it.
#[cfg(feature = "embedded")]
pub(crate) fn described(name: &str) -> serde_json::Value {
    use serde_json::json;
    let schema = |pk: &str, sk: &str| {
        json!([
            { "AttributeName": pk, "KeyType": "HASH" },
            { "AttributeName": sk, "KeyType": "RANGE" },
        ])
    };
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": schema("pk", "sk"),
        "AttributeDefinitions": KEY_ATTRIBUTES
            .map(|name| json!({ "AttributeName": name, "AttributeType": "S" })),
        "GlobalSecondaryIndexes": INDEXES.map(|(name, pk, sk, projection)| json!({
            "IndexName": name,
            "KeySchema": schema(pk, sk),
            "Projection": { "ProjectionType": projection },
        })),
    })
}

/// Makes the table when it is not there yet. Whether it is there is not asked first: the embedded database counts every
/// item to describe a table, and a start would take the longer the more there is in it.
pub(crate) async fn create(client: &Client, name: &str) -> Result<(), LedgerError> {
    let build = |problem: aws_sdk_dynamodb::error::BuildError| LedgerError::Refused {
        call: "CreateTable",
        problem: problem.to_string(),
    };
    let element = |name: &str, kind: KeyType| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .map_err(build)
    };
    let mut request = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(element("pk", KeyType::Hash)?)
        .key_schema(element("sk", KeyType::Range)?);
    for name in KEY_ATTRIBUTES {
        request = request.attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .map_err(build)?,
        );
    }
    for (index, pk, sk, projection) in INDEXES {
        let projection = ProjectionType::from(projection);
        request = request.global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(index)
                .key_schema(element(pk, KeyType::Hash)?)
                .key_schema(element(sk, KeyType::Range)?)
                .projection(Projection::builder().projection_type(projection).build())
                .build()
                .map_err(build)?,
        );
    }
    match request.send().await {
        Ok(_) => Ok(()),
        Err(e)
            if e.as_service_error()
                .is_some_and(|e| e.is_resource_in_use_exception()) =>
        {
            Ok(())
        }
        Err(e) => Err(LedgerError::from_sdk("CreateTable", e)),
    }
}

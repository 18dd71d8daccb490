//! The table, made by the SDK.

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType,
    },
};

use crate::{
    LedgerError,
    table::{INDEXES, KEY_ATTRIBUTES},
};

/// Makes the table when it is not there yet.
pub(super) async fn create(client: &Client, name: &str) -> Result<(), LedgerError> {
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

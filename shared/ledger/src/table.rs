//! The table itself. `template.yaml` declares the same for AWS; `embedded` and tests make it from here.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

use crate::{Ledger, LedgerError};

/// Index of cases by state.
pub const CASES_INDEX: &str = "cases";
/// Index of open tasks by team.
pub const TEAM_INDEX: &str = "team";
/// Attributes that are keys of the table or an index.
pub const KEY_ATTRIBUTES: [&str; 6] = ["pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk"];

impl Ledger {
    /// Makes the table when it is not there yet.
    ///
    /// # Errors
    /// [`LedgerError`] when the table can be neither found nor made.
    pub async fn create_table(&self) -> Result<(), LedgerError> {
        let found = self
            .client
            .describe_table()
            .table_name(&self.table)
            .send()
            .await;
        match found {
            Ok(_) => return Ok(()),
            Err(e)
                if e.as_service_error()
                    .is_some_and(|e| e.is_resource_not_found_exception()) => {}
            Err(e) => return Err(LedgerError::from_sdk("DescribeTable", e)),
        }
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
        let mut request = self
            .client
            .create_table()
            .table_name(&self.table)
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
        for (index, pk, sk, projection) in [
            (CASES_INDEX, "gsi1pk", "gsi1sk", ProjectionType::All),
            // A task is written several times; its text would be copied each time.
            (TEAM_INDEX, "gsi2pk", "gsi2sk", ProjectionType::KeysOnly),
        ] {
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
        request
            .send()
            .await
            .map_err(|e| LedgerError::from_sdk("CreateTable", e))?;
        Ok(())
    }
}

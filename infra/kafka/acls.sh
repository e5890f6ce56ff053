#!/usr/bin/env bash
# Written by infra/kafka/write-acls.mjs from packages/contracts/src/topic-access.ts: change that, and run it again.
# Run as the broker's administrator: who may do what with which topic. Nobody else may do anything.
set -euo pipefail
acls() { "${KAFKA_HOME:-/opt/kafka}/bin/kafka-acls.sh" --bootstrap-server "${KAFKA_ADMIN:-localhost:9094}" "$@" > /dev/null; }

acls --add --allow-principal User:tax-source --operation Create --operation Describe --operation DescribeConfigs --operation Write --resource-pattern-type literal --topic hedui.dead-letter
acls --add --allow-principal User:tax-source --operation Create --operation Describe --operation DescribeConfigs --operation Read --resource-pattern-type literal --topic hedui.mending
acls --add --allow-principal User:tax-source --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write --resource-pattern-type literal --topic hedui.pseudonyms --topic hedui.source.coverage --topic hedui.source.tax.income
acls --add --allow-principal User:tax-source --operation Read --resource-pattern-type prefixed --group tax-source
acls --add --allow-principal User:vehicle-source --operation Create --operation Describe --operation DescribeConfigs --operation Write --resource-pattern-type literal --topic hedui.dead-letter
acls --add --allow-principal User:vehicle-source --operation Create --operation Describe --operation DescribeConfigs --operation Read --resource-pattern-type literal --topic hedui.mending
acls --add --allow-principal User:vehicle-source --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write --resource-pattern-type literal --topic hedui.pseudonyms --topic hedui.source.coverage --topic hedui.source.vehicle.registration
acls --add --allow-principal User:vehicle-source --operation Read --resource-pattern-type prefixed --group vehicle-source
acls --add --allow-principal User:housing-fund-source --operation Create --operation Describe --operation DescribeConfigs --operation Write --resource-pattern-type literal --topic hedui.dead-letter
acls --add --allow-principal User:housing-fund-source --operation Create --operation Describe --operation DescribeConfigs --operation Read --resource-pattern-type literal --topic hedui.mending
acls --add --allow-principal User:housing-fund-source --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write --resource-pattern-type literal --topic hedui.pseudonyms --topic hedui.source.coverage --topic hedui.source.housing_fund.account
acls --add --allow-principal User:housing-fund-source --operation Read --resource-pattern-type prefixed --group housing-fund-source
acls --add --allow-principal User:business-registry-source --operation Create --operation Describe --operation DescribeConfigs --operation Write --resource-pattern-type literal --topic hedui.dead-letter
acls --add --allow-principal User:business-registry-source --operation Create --operation Describe --operation DescribeConfigs --operation Read --resource-pattern-type literal --topic hedui.mending
acls --add --allow-principal User:business-registry-source --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write --resource-pattern-type literal --topic hedui.pseudonyms --topic hedui.source.business_registry.role --topic hedui.source.coverage
acls --add --allow-principal User:business-registry-source --operation Read --resource-pattern-type prefixed --group business-registry-source
acls --add --allow-principal User:civil-affairs-source --operation Create --operation Describe --operation DescribeConfigs --operation Write --resource-pattern-type literal --topic hedui.dead-letter
acls --add --allow-principal User:civil-affairs-source --operation Create --operation Describe --operation DescribeConfigs --operation Read --resource-pattern-type literal --topic hedui.mending
acls --add --allow-principal User:civil-affairs-source --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write --resource-pattern-type literal --topic hedui.pseudonyms --topic hedui.source.civil_affairs.assistance --topic hedui.source.civil_affairs.death --topic hedui.source.civil_affairs.marriage --topic hedui.source.coverage
acls --add --allow-principal User:civil-affairs-source --operation Read --resource-pattern-type prefixed --group civil-affairs-source
acls --add --allow-principal User:matcher --operation Create --operation Describe --operation DescribeConfigs --operation Write --resource-pattern-type literal --topic hedui.dead-letter --topic hedui.source.coverage --topic hedui.verification.reports --topic hedui.verification.reports.online
acls --add --allow-principal User:matcher --operation Create --operation Describe --operation DescribeConfigs --operation Read --resource-pattern-type literal --topic hedui.policies --topic hedui.source.business_registry.role --topic hedui.source.civil_affairs.assistance --topic hedui.source.civil_affairs.death --topic hedui.source.civil_affairs.marriage --topic hedui.source.housing_fund.account --topic hedui.source.tax.income --topic hedui.source.vehicle.registration --topic hedui.verification.requests --topic hedui.verification.requests.online
acls --add --allow-principal User:matcher --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write --resource-pattern-type literal --topic hedui.pseudonyms
acls --add --allow-principal User:matcher --operation Read --resource-pattern-type prefixed --group matcher
acls --add --allow-principal User:verification --operation Create --operation Describe --operation DescribeConfigs --operation Write --resource-pattern-type literal --topic hedui.dead-letter --topic hedui.policies --topic hedui.verification.endings --topic hedui.verification.requests --topic hedui.verification.requests.online
acls --add --allow-principal User:verification --operation Create --operation Describe --operation DescribeConfigs --operation Read --resource-pattern-type literal --topic hedui.mending
acls --add --allow-principal User:verification --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write --resource-pattern-type literal --topic hedui.pseudonyms --topic hedui.verification.reports --topic hedui.verification.reports.online
acls --add --allow-principal User:verification --operation Read --resource-pattern-type prefixed --group verification
acls --add --allow-principal User:reporting --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write --resource-pattern-type literal --topic hedui.dead-letter --topic hedui.pseudonyms
acls --add --allow-principal User:reporting --operation Create --operation Describe --operation DescribeConfigs --operation Write --resource-pattern-type literal --topic hedui.mending
acls --add --allow-principal User:reporting --operation Create --operation Describe --operation DescribeConfigs --operation Read --resource-pattern-type literal --topic hedui.verification.endings --topic hedui.verification.reports --topic hedui.verification.reports.online
acls --add --allow-principal User:reporting --operation Read --resource-pattern-type prefixed --group reporting

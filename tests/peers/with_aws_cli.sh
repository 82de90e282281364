# Everything that the sandbox promises, as the aws CLI asks for it. Ends with `all of it works`.
set -euo pipefail

is() { [[ "$1" == "$2" ]] || { echo "expected $2, found $1" >&2; exit 1; }; }

# Looks until a command says what is expected.
until_says() {
    local expected=$1 found=
    shift
    for _ in {1..100}; do
        found=$("$@")
        [[ "$found" == "$expected" ]] && return
        [[ "$found" == FAILED ]] && break
        sleep 0.05
    done
    echo "expected $expected, found $found: $*" >&2
    exit 1
}

is "$(aws sts get-caller-identity --query Account --output text)" 000000000000

aws s3 mb s3://cli >&2
echo "1,a" >orders.csv
aws s3 cp orders.csv s3://cli/orders/orders.csv >&2
head -c 20000000 /dev/zero >large.bin
aws s3 cp --only-show-errors large.bin s3://cli/large.bin
aws s3 sync --only-show-errors machines s3://cli/machines/
is "$(aws s3 ls --recursive s3://cli/ | wc -l)" 4
is "$(aws s3 cp s3://cli/orders/orders.csv -)" "1,a"
aws s3 rm --only-show-errors --recursive s3://cli/machines/
is "$(aws s3api list-objects-v2 --bucket cli --query 'length(Contents)')" 2

aws lambda invoke --function-name echo --payload '{"n": 1}' answer.json >&2
is "$(tr -d ' ' <answer.json)" '{"n":1}'

role=arn:aws:iam::000000000000:role/any
definition='{"StartAt": "Echo", "States": {"Echo": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "echo", "Payload.$": "$"}, "OutputPath": "$.Payload", "End": true}}}'
machine=$(aws stepfunctions create-state-machine --name cli --definition "$definition" --role-arn $role \
    --query stateMachineArn --output text)
execution=$(aws stepfunctions start-execution --state-machine-arn "$machine" --input '{"n": 2}' \
    --query executionArn --output text)
until_says SUCCEEDED aws stepfunctions describe-execution --execution-arn "$execution" --query status --output text
is "$(aws stepfunctions describe-execution --execution-arn "$execution" --query output --output text)" '{"n":2}'
is "$(aws stepfunctions list-executions --state-machine-arn "$machine" --query 'length(executions)')" 1

query() {
    local id
    id=$(aws athena start-query-execution --query-string "$1" --result-configuration OutputLocation=s3://cli/results/ \
        --query QueryExecutionId --output text)
    until_says SUCCEEDED aws athena get-query-execution --query-execution-id "$id" \
        --query QueryExecution.Status.State --output text
    aws athena get-query-results --query-execution-id "$id" --query 'ResultSet.Rows[].Data[].VarCharValue' --output text
}

query "create database shop" >&2
query "create external table shop.orders (id bigint, name string) row format delimited fields terminated by ','
    location 's3://cli/orders/'" >&2
is "$(query "select id, name from shop.orders" | tr '\t' ' ')" "id name 1 a"
is "$(aws glue get-tables --database-name shop --query 'TableList[].Name' --output text)" orders

echo "all of it works"

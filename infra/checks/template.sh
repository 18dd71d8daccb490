#!/usr/bin/env bash
# Checks what is deployed: cfn-lint, `sam validate` and checkov on template.yaml and the templates it nests, the throttles, and rules
# of AWS that only a deployment would tell.
# Needs Python 3.11 and, the first time only, PyPI. Talks to no AWS. Safe to run twice, and twice at once.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=infra/checks
templates=(template.yaml infra/monitoring/template.yaml)
python=$(command -v python3.11 || command -v python3)

# A virtual environment with the pinned packages; made anew when the pins change. Marked last, so that a
# half-made one is not taken for whole.
environment() {
  local name=$1 venv=target/venv-$1 pins=$here/requirements-$1.txt
  mkdir -p target
  (
    flock 9
    cmp -s "$pins" "$venv/made-from.txt" && exit 0
    echo "making $venv" >&2
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$pins"
    cp "$pins" "$venv/made-from.txt"
  ) 9>"target/venv-$name.lock"
}
environment template
environment checkov # apart: its pins of boto3 and SAM's differ

# Neither credentials nor region count: nothing is sent.
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none \
  AWS_EC2_METADATA_DISABLED=true

for template in "${templates[@]}"; do
  target/venv-template/bin/cfn-lint "$template"
  echo "cfn-lint: $template is clean"
done
target/venv-template/bin/sam validate --template template.yaml >/dev/null
for template in "${templates[@]}"; do
  target/venv-template/bin/sam validate --lint --template "$template" >/dev/null
  echo "sam validate --lint: $template is clean"
done

# checkov sees neither loops nor Globals, so it gets the template as CloudFormation does. Skipped:
# - CKV_AWS_117 (functions in a VPC): nothing that they call is in one; a VPC would only add a NAT gateway to keep.
# - CKV_AWS_173 (a key for environment variables): they hold names, never secrets, and are encrypted with Lambda's
#   own key; another key would add a call of KMS to each cold start.
unrolled=$(mktemp -d)
trap 'rm -rf "$unrolled"' EXIT
target/venv-template/bin/python $here/unroll.py template.yaml >"$unrolled/template.json"
target/venv-template/bin/python $here/throttles.py "$unrolled/template.json"

# Once more with readers and with the bucket of files, as it is deployed.
parameters=$("$python" $here/parameters.py)
mapfile -t parameters <<<"$parameters"
target/venv-template/bin/python $here/unroll.py template.yaml "${parameters[@]}" CsvDrop=yes >"$unrolled/deployed.json"
target/venv-template/bin/python $here/unroll.py infra/monitoring/template.yaml Stack=latchkey >"$unrolled/monitoring.json"
"$python" $here/aws_rules "$unrolled/deployed.json" "$unrolled/monitoring.json"
"$python" $here/aws_rules/broken.py "$unrolled/deployed.json" "$unrolled/monitoring.json"
target/venv-checkov/bin/checkov --framework cloudformation --file "$unrolled/template.json" --skip-download --quiet \
  --compact --skip-check CKV_AWS_117,CKV_AWS_173
resources=$(grep -c '^   "Type": "AWS::' "$unrolled/template.json")
[ "$resources" -ge 50 ] || { echo "only $resources resources came out of template.yaml: the loops were not unrolled"; exit 1; }
echo "checkov: $resources resources, no finding but those that are skipped with a reason"

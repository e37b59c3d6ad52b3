"""An IAM user that may do everything its account lets an administrator do.

The emulator's own credentials ("test", or an account id) are the account's root user, to which it applies no
policy at all. This user is held to key policies, bucket policies and explicit denies as an administrator is.

AWS documentation: "AWS managed policies for job functions" (AdministratorAccess), IAM User Guide.
"""

import json

from ministack.services import iam

USER_NAME = "administrator"


def create(access_key_id: str, secret_access_key: str) -> None:
    """Creates the user with these credentials; does nothing where one of them is empty."""
    if not access_key_id or not secret_access_key:
        return
    iam._create_user({"UserName": [USER_NAME]})
    iam._access_keys[access_key_id] = {
        "UserName": USER_NAME,
        "AccessKeyId": access_key_id,
        "SecretAccessKey": secret_access_key,
        "Status": "Active",
        "CreateDate": iam._now(),
    }
    iam._user_inline_policies[USER_NAME] = {
        "AdministratorAccess": json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        )
    }

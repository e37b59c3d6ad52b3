"""A client that a Node function makes for another Region calls that Region.

The emulator stands in for the packages of ``@aws-sdk`` that are not installed, and its stand-ins call the function's
own Region whatever they are told. What the CDK exports to stacks of another Region is written by such a client.

AWS documentation: "Set the AWS Region", AWS SDK for JavaScript Developer Guide for version 3.
"""

from ministack.core import lambda_runtime

_CHANGES = (
    ("function _signedHeaders(service, method, ep, requestPath, body, headers) {",
     "function _signedHeaders(service, method, ep, requestPath, body, headers, clientRegion) {"),
    ('const region = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || "us-east-1";\n    const amzDate',
     'const region = clientRegion || process.env.AWS_REGION || "us-east-1";\n    const amzDate'),
    ("function _jsonRpcRequest(targetPrefix, opName, params, service) {",
     "function _jsonRpcRequest(targetPrefix, opName, params, service, clientRegion) {"),
    ('"Content-Length": Buffer.byteLength(body),\n          }),',
     '"Content-Length": Buffer.byteLength(body),\n          }, clientRegion),'),
    ("_run() { return _jsonRpcRequest(targetPrefix, opName, this._params, service); }",
     "_run(region) { return _jsonRpcRequest(targetPrefix, opName, this._params, service, region); }"),
    ("class GenericClient {\n      constructor(_cfg) {}\n      send(cmd) { return cmd._run(); }",
     "class GenericClient {\n      constructor(cfg) { this._region = cfg?.region; }\n      send(cmd) { return cmd._run(this._region); }"),
    ("return (params) => _jsonRpcRequest(targetPrefix, opName, params, service);",
     "return (params) => _jsonRpcRequest(targetPrefix, opName, params, service, _args[0]?.region);"),
)


def install() -> None:
    """Hands the Region of a stand-in's configuration on to the signature."""
    for before, after in _CHANGES:
        if lambda_runtime._NODEJS_WORKER_SCRIPT.count(before) != 1:
            raise RuntimeError("the emulator's Node worker is not the one that this was written for")
        lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(before, after)

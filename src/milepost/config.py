"""Reads the settings once, when asked: from the environment, or from a file of the same names.

`bootstrap` builds adapters by them. Secrets are never settings: a setting names the file that holds one.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from milepost.domain.errors import MilepostError

PREFIX = "MILEPOST_"
_LOCAL = Path("build/local")
_ALIKE, _SOMEWHAT_ALIKE = 0.8, 0.6
"""How near a name in the environment is to the setting that was meant, and how near one in the file may be:
there, it is refused anyway."""


class SettingsRefused(MilepostError):
    """A setting, or the file that holds settings or a secret, cannot be used. The operator corrects it."""


class Settings(BaseSettings):
    """Every setting; as variables they begin with MILEPOST_. Defaults are those of `make local`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    rpc_url: str = Field(
        "http://127.0.0.1:8545",
        description="Node to ask, http:// or https://; several of one chain, separated by commas, stand in"
        " for each other",
    )
    database_url: str = Field(
        f"sqlite:///{_LOCAL}/milepost.db",
        description="Database of the store, sqlite:///FILE or postgresql://USER@HOST/DATABASE; its password"
        " is best kept in the file that PGPASSFILE names",
    )
    deployment_file: Path | None = Field(
        None, description="What was deployed; absent: the one file in deployments/ or build/deployments/"
    )
    programme: str | None = Field(
        None, description="Programme by name or path; absent: the one the deployment names"
    )
    partners: Path = Field(Path("partners"), description="Folder, or file, of the partners' agreements")
    segments: Path = Field(
        Path("segments"),
        description="Folder, or file, that names segments, for lists of members and promotions; none need be"
        " there",
    )
    relayer_key_file: Path = Field(
        _LOCAL / "relayer.key",
        description="File with the private key, plain or a keystore, that pays for settling",
    )
    enroller_key_file: Path = Field(
        _LOCAL / "enroller.key",
        description="File with the private key, plain or a keystore, that enrols members",
    )
    governance_key_file: Path = Field(
        _LOCAL / "governance.key",
        description="File with the private key, plain or a keystore, that acts for a role in"
        " `milepost governance`",
    )
    support_key_file: Path = Field(
        _LOCAL / "support.key",
        description="File with the private key, plain or a keystore, that proposes adjustments and merges",
    )
    approver_key_file: Path = Field(
        _LOCAL / "approver.key",
        description="File with the private key, plain or a keystore, that approves or rejects them",
    )
    custody_key_file: Path = Field(
        _LOCAL / "custody.key",
        description="File with the private key, plain or a keystore, that redeems for members without"
        " a wallet",
    )
    keeper_key_file: Path = Field(
        _LOCAL / "keeper.key",
        description="File with the private key, plain or a keystore, that keeps rewards and decides orders",
    )
    reporter_keys_file: Path = Field(
        _LOCAL / "reporters.json",
        description="File with the reporters' private keys, a JSON list, or a folder of keystores",
    )
    reporter_urls: str | None = Field(
        None,
        description="Reporters elsewhere to be asked for signatures, URLs separated by commas; absent: only"
        " those whose keys are here",
    )
    reporter_timeout_s: float = Field(
        10.0, gt=0, le=120, description="Seconds that a reporter elsewhere has for an answer"
    )
    keystore_password_file: Path | None = Field(
        None,
        description="File with the password of encrypted keystores (web3 secret storage, version 3); needed"
        " when a key file is one",
    )
    signer_url: str | None = Field(
        None,
        description="Web3Signer that keeps the keys whose addresses are stated, https://HOST:PORT, or http://"
        " on this machine",
    )
    relayer_address: str | None = Field(
        None, description="Address of the relayer's key at the signer; absent: the key is in its file"
    )
    reporter_addresses: str | None = Field(
        None,
        description="Addresses of the reporters' keys at the signer, separated by commas; absent: the keys"
        " are in their file",
    )
    signer_token_file: Path | None = Field(
        None, description="File with the bearer token that the signer wants; absent: it gets none"
    )
    signer_ca_file: Path | None = Field(
        None,
        description="File with the certificates, PEM, that vouch for the signer's; absent: the system's",
    )
    signer_cert_file: Path | None = Field(
        None, description="File with the certificate, PEM, that the signer is shown; absent: none"
    )
    signer_cert_key_file: Path | None = Field(
        None, description="File with the private key, PEM without a password, of that certificate"
    )
    signer_timeout_s: float = Field(5.0, gt=0, le=60, description="Seconds that the signer has for an answer")
    partner_secrets_file: Path = Field(
        _LOCAL / "partner-secrets.json",
        description="File with a JSON object: each partner's secret, 64 hexadecimal digits or more",
    )
    directory_key_file: Path = Field(
        _LOCAL / "directory.key",
        description="File with the key of the member directory, 64 hexadecimal digits",
    )
    webhook_networks: str | None = Field(
        None,
        description="Networks that webhooks may go to besides public addresses, by commas, such as"
        " 127.0.0.0/8,10.20.0.0/16; absent: none",
    )
    partner_keys_file: Path = Field(
        _LOCAL / "partner-keys.json",
        description="File with the keys by which partners sign HTTP requests; read again when it changes",
    )
    feed_secrets_file: Path | None = Field(
        None,
        description="File with the secrets by which Square and Toast sign their webhooks; read again when it"
        " changes; absent: none are taken",
    )
    http_body_bytes: int = Field(
        4 << 20, ge=1 << 10, le=64 << 20, description="Largest body of POST /v1/purchases, in bytes"
    )
    http_file_bytes: int = Field(
        256 << 20, ge=1 << 10, description="Largest file of POST /v1/files, in bytes"
    )
    http_rate: str = Field(
        "200/second;100000/hour",
        description="Most requests of one partner, as 200/second;100000/hour; each process counts for itself",
    )
    http_waiting: int = Field(
        200_000, ge=1, description="Purchases that may wait to be settled before HTTP takes no more"
    )
    http_copies_bytes: int = Field(
        1 << 30,
        ge=1,
        description="Bytes of a partner's requests that may wait for reporters elsewhere before HTTP takes no"
        " more of them; a single one is always taken",
    )
    http_connections: int = Field(
        512, ge=1, description="Connections that milepost serve holds at once; further ones are told 503"
    )
    http_answers_kept_s: int = Field(
        86_400, ge=60, description="Seconds that the answer to an Idempotency-Key is kept"
    )
    http_answers_bytes: int = Field(
        64 << 20,
        ge=16 << 20,
        description="Bytes of such answers that are kept of one partner; beyond them the oldest go first",
    )
    bump_after_s: int = Field(
        60,
        ge=0,
        description="Seconds, by the chain's clock, after which a tx that is not mined is replaced by one"
        " that pays more; 0 for a chain that replaces none",
    )
    most_fee_gwei: int = Field(
        500, gt=0, description="Most that a unit of gas may cost, gwei; no tx is signed for more"
    )
    finality: str | None = Field(
        None,
        description="instant, finalized, or a number of blocks; absent: instant for a deployment in"
        " build/deployments/, and to be stated for any other",
    )
    worker_poll_s: float = Field(
        1.0,
        gt=0,
        le=60,
        description="Seconds between two looks of `milepost worker` at a lane with nothing to do",
    )
    worker_lease_s: float = Field(
        15.0,
        ge=1,
        le=600,
        description="Seconds after which a worker that died, or hangs, is replaced by another",
    )
    worker_drain_s: float = Field(
        20.0, gt=0, le=600, description="Seconds that a worker has to end what is under way when told to stop"
    )
    worker_status_port: int | None = Field(
        None,
        ge=0,
        le=65_535,
        description="Port on which `milepost worker` shows /metrics, /healthz and /readyz; absent: none",
    )
    worker_status_host: str = Field("127.0.0.1", description="Address on which a worker shows them")


def setting_name(field: str) -> str:
    """The variable of a field, by which messages name it."""
    return f"{PREFIX}{field.upper()}"


def load_settings(file: Path | None = None) -> Settings:
    """Read the settings: the environment goes before the file, the file before the defaults.

    Raises: SettingsRefused for a file that cannot be read, a setting that is none, or a value of no use.
    """
    if file is not None:
        try:
            file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise SettingsRefused(
                f"The settings in {file} cannot be read: name a file of NAME=VALUE lines."
            ) from None
    try:
        return Settings(_env_file=file)  # type: ignore[call-arg]
    except ValidationError as error:
        problems = _problems(error)
        end = "" if problems.endswith("?") else "."
        raise SettingsRefused(f"The settings are refused: {problems}{end}") from None


def misspelt(environment: Iterable[str]) -> list[str]:
    """A sentence for each variable that reads like a setting and is none.

    Shape: names of variables. Others that begin as settings do are left alone: where Milepost is a service of
        a cluster, the cluster sets some by its name.
    """
    names = sorted(name.upper() for name in environment if name.upper().startswith(PREFIX))
    return [
        f"{name} is no setting and is passed over: did you mean {near}?"
        for name in names
        if (near := _nearest(name, least=_ALIKE)) is not None and near != name
    ]


def _problems(error: ValidationError) -> str:
    # Without the values: somebody may have put a secret where its file belongs.
    return "; ".join(
        _stranger(str(problem["loc"][0]))
        if problem["type"] == "extra_forbidden"
        else f"{setting_name(str(problem['loc'][0])) if problem['loc'] else 'one of them'}: {problem['msg']}"
        for problem in error.errors(include_input=False, include_url=False)
    )


def _stranger(name: str) -> str:
    """A name in the file that is no setting, which keeps its prefix when it is refused."""
    near = _nearest(name, least=_SOMEWHAT_ALIKE)
    hint = "docs/configuration.md lists those there are" if near is None else f"did you mean {near}?"
    return f"{name.upper()} is no setting: {hint}"


def _nearest(name: str, *, least: float) -> str | None:
    """The setting whose name is nearest, or none that is as near as `least`, from 0 to 1."""
    near = get_close_matches(
        name.upper().removeprefix(PREFIX).lower(), Settings.model_fields, n=1, cutoff=least
    )
    return setting_name(near[0]) if near else None

"""Average the weights of a network before and after a further training.

    python -m models.training.average --config fusion_112 --before models/weights/fast.safetensors \
        --after var/runs_varied/fusion_112.safetensors --runs var/runs_averaged

After a training on other pictures, a network is better on them and may be worse on the earlier ones. The mean of both
sets of weights is about as good as the better one on each (Wortsman et al., "Robust fine-tuning of zero-shot models",
CVPR 2022). It works because the further training starts where the first one ended: `--after` must have started with
`--before`, or with weights that did. The command writes NAME.safetensors to `--runs`, as `models.train` does.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from models.checkpoints import CheckpointError, load_checkpoint, read_provenance, save_checkpoint
from models.networks.registry import build
from models.training.configs import CONFIGS
from models.training.data_licence import joined
from models.training.provenance import trainings

log = logging.getLogger(__name__)

_OF_THE_FILE = ("format", "network")  # written by save_checkpoint


def average(config: str, before: Path, after: Path, runs: Path) -> Path:
    """Write the mean of both sets of weights, and return its file.

    Raises CheckpointError if a file is not of this network, or if `after` did not start with `before`.
    """
    earlier, later = read_provenance(before), read_provenance(after)
    start = trainings(earlier)
    if not start or not later.get("start", "").endswith(start):
        raise CheckpointError(f"{after}: did not start with the weights of {before}; give those as --before")
    first = load_checkpoint(before, build(config)).state_dict()
    net = load_checkpoint(after, build(config))
    # Counters of batches, the only whole numbers, are those of the later weights.
    mean = {
        name: (first[name] + value) / 2 if value.is_floating_point() else value
        for name, value in net.state_dict().items()
    }
    net.load_state_dict(mean)
    header = {name: text for name, text in later.items() if name not in _OF_THE_FILE}
    for name in ("data", "licence"):
        header[name] = joined(one[name] for one in (earlier, later) if name in one)
    path = runs / f"{config}.safetensors"
    save_checkpoint(path, net, header | {"averaged_with": start})
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", choices=sorted(CONFIGS), required=True)
    parser.add_argument("--before", type=Path, required=True, help="weights with which the training started")
    parser.add_argument("--after", type=Path, required=True, help="weights at its end")
    parser.add_argument("--runs", type=Path, required=True, help="folder for the averaged weights")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        log.info("written: %s", average(args.config, args.before, args.after, args.runs))
    except CheckpointError as problem:
        parser.error(str(problem))


if __name__ == "__main__":
    main()

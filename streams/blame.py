"""Whether a failure tells against the records in hand, or against the broker or this machine."""

import errno
import shutil
from pathlib import Path
from typing import Final

from aiokafka.errors import InvalidTopicError, KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

_OF_THE_RECORD: Final = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTopicError)
"""What the client or the broker says of a record, and would say again; any other refusal is of the moment."""
_OF_THE_MACHINE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE})
_ROOM: Final = 16 * 1024 * 1024
"""Bytes without which a store does not write: its own errors do not say why."""


def is_the_brokers_fault(error: BaseException) -> bool:
    """Whether a send, or a question, failed for a reason that has nothing to do with what was sent."""
    return isinstance(error, KafkaError) and not isinstance(error, _OF_THE_RECORD)


def is_the_machines_fault(error: BaseException, folder: Path) -> bool:
    """Whether there is no room on the disk of this folder, or the machine refuses files to anybody."""
    if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
        return True
    return shutil.disk_usage(folder).free < _ROOM

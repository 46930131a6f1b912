"""A small disk of its own for a server: a file with ext4 in it, whose power can be cut."""

import fcntl
import os
import struct

from .namespace import Namespace, run

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2  # what is not on the disk yet, the file system's own journal too, is lost


class Disk:
    """Mounted at `folder`, for those alone that enter it: MongoSet takes (address, disk.enter)."""

    def __init__(self, run_dir, folder, megabytes=1024):
        self.room = Namespace(run_dir, "disk", ("mount", "mnt"))
        self.folder, self.image = folder, run_dir / "disk.img"
        self.megabytes = megabytes

    @property
    def enter(self):
        return self.room.enter

    def __enter__(self):
        self.folder.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(self.megabytes << 20)
        run("mkfs.ext4", "-q", self.image)
        self.room.start()
        self._mount()
        return self

    def __exit__(self, *_):
        self.room.kill()

    def _mount(self):
        self.room.run("mount", "-o", "loop", self.image, self.folder)

    def cut_power(self):
        folder = os.open(f"/proc/{self.room.pid}/root{self.folder}", os.O_RDONLY)
        try:
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)

    def restore_power(self):
        """After everybody who used it is gone."""
        self.room.run("umount", self.folder)
        self._mount()

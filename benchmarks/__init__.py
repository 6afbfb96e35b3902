"""`make bench`: how fast the platform is, each figure beside a raw reference of the same run."""

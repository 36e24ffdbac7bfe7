"""The commands of `onboard course`, a file for each subject."""

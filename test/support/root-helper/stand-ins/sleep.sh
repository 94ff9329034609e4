#!/bin/sh
# Stands in for sleep: the room's clock needs no waiting.
exit 0

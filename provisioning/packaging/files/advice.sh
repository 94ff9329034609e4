
# Advice, no more: who is in a group is for the administrator to say.
if [ -e /dev/kvm ]; then
	echo "Hearth: users who are in the group \"kvm\" may run machines with the processor's help, ten times faster."
	echo "Hearth: it changes no groups itself. To add one: sudo usermod -aG kvm USER (then log out and in again)."
fi

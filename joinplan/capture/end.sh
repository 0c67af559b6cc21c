
say plain 'date' date -u +%Y-%m-%dT%H:%M:%SZ
printf '@ end %s\n' "$sections" >&4

round=0
while [ $round -lt 8 ]; do
	round=$((round + 1))
	create_state task 0
	for n in $(seq 8); do
		{
			put_state "put$n" "$new" "$n"
			racer "read$n" "/tasks/$new"
		} | in_turn &
		for k in a b c; do racer "read$k$n" "/tasks/$new"; done | in_turn &
	done
	wait
	heads
	for n in $(seq 8); do
		status_is "put$n" 200 || broken "put$n" 'status 200'
		for read in read$n reada$n readb$n readc$n; do
			status_is "$read" 200 || broken "$read" 'status 200'
		done
		! flat "read$n" | grep -qx '\.title "state 0"' || broken "read$n" 'what a PUT left, no older state'
	done
	ask last curl "$url/tasks/$new"
	! flat last | grep -qx '\.title "state 0"' || broken last 'what a PUT left, no older state'
	for k in $(seq 4); do
		create_state "task$k" 0
		{
			for n in 1 2; do racer "before$n" "/tasks/$new"; done
			put_state put9 "$new" 9
			for n in 1 2; do racer "after$n" "/tasks/$new"; done
		} | at_once
		status_is put9 200 || broken put9 'status 200'
		ask last curl "$url/tasks/$new"
		flat last | grep -qx '\.title "state 9"' || broken last 'the state that the last PUT left'
	done
	for k in $(seq 4); do
		create_state "task$k" 0
		{
			for n in 1 2 3; do
				racer "refused$n" "/tasks/$new"
				printf 'request = "DELETE"\nheader = "If-Match: \\"no such tag\\""\n'
			done
			for n in $(seq 8); do racer "read$n" "/tasks/$new"; done
		} | at_once
		for n in 1 2 3; do status_is "refused$n" 412 404 || quit "refused$n"; done
		for n in $(seq 8); do
			status_is "read$n" 200 || broken "read$n" 'status 200: no DELETE was carried out'
		done
	done
	for k in $(seq 4); do
		create_state "task$k" 0
		tag=$(tag_of "task$k") || quit "task$k"
		{
			for n in 9 10; do
				racer "put$n" "/tasks/$new"
				printf 'request = "DELETE"\nheader = "If-Match: \\"%s\\""\n' "$tag"
			done
			for n in $(seq 8); do put_state "put$n" "$new" "$n" "If-Match: \\\"$tag\\\""; done
		} | at_once
		won=0
		for n in $(seq 10); do if status_is "put$n" '2??'; then won=$((won + 1)); fi; done
		[ "$won" -le 1 ] || broken put1 "that one of 10 writes with the same If-Match is 200, not $won of them"
	done
	tidy
done

round=0
while [ $round -lt 16 ]; do
	round=$((round + 1))
	create_state task 0
	puts=$((round % 2 * 8))
	{
		n=0
		while [ $n -lt $puts ]; do
			n=$((n + 1))
			put_state "put$n" "$new" "$n"
		done
		for n in $(seq 8); do
			racer "$n" "/tasks/$new"
			echo 'request = "DELETE"'
		done
	} | at_once
	won=0
	for n in $(seq 8); do
		status_is "$n" '2??' 404 || broken "$n" 'status 200 or 404'
		if status_is "$n" '2??'; then won=$((won + 1)); fi
	done
	[ "$won" -eq 1 ] || broken 1 "that one of 8 DELETEs is 200, not $won of them"
	ask read curl "$url/tasks/$new"
	status_is read 404 || broken read 'status 404'
	tidy
done

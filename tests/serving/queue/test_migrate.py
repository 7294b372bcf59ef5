def test_x(database_url):
    print(database_url)


def test_y(database_url):
    print(database_url)

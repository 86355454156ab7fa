"""Parts of what is read from MySQL and MariaDB."""

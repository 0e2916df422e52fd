"""Where the story happens, and the names of those in it."""

from __future__ import annotations

import msgspec


class City(msgspec.Struct, frozen=True):
    """A city and how many of the recruiters work there."""

    city_id: str
    name: str
    time_zone: str
    locale: str
    recruiters: int


CITIES = (
    City("almaty", "Almaty", "Asia/Almaty", "ru-KZ", 5),
    City("sao-paulo", "São Paulo", "America/Sao_Paulo", "pt-BR", 5),
    City("london", "London", "Europe/London", "en-GB", 4),
    City("istanbul", "Istanbul", "Europe/Istanbul", "tr", 4),
    City("berlin", "Berlin", "Europe/Berlin", "de", 4),
    City("kathmandu", "Kathmandu", "Asia/Kathmandu", "ne", 3),
    City("casablanca", "Casablanca", "Africa/Casablanca", "fr-MA", 3),
    City("cairo", "Cairo", "Africa/Cairo", "ar-EG", 3),
    City("lagos", "Lagos", "Africa/Lagos", "en-NG", 3),
    City("nairobi", "Nairobi", "Africa/Nairobi", "en-KE", 3),
    City("astana", "Astana", "Asia/Almaty", "kk", 3),
    City("tashkent", "Tashkent", "Asia/Tashkent", "uz", 3),
    City("mumbai", "Mumbai", "Asia/Kolkata", "en-IN", 3),
    City("hamburg", "Hamburg", "Europe/Berlin", "de", 2),
    City("tokyo", "Tokyo", "Asia/Tokyo", "ja", 2),
    City("manila", "Manila", "Asia/Manila", "fil", 2),
    City("sydney", "Sydney", "Australia/Sydney", "en-AU", 2),
    City("new-york", "New York", "America/New_York", "en-US", 2),
    City("mexico-city", "Mexico City", "America/Mexico_City", "es-MX", 2),
    City("bogota", "Bogotá", "America/Bogota", "es-CO", 2),
)

GIVEN_NAMES = (
    *("Aisha", "Aizhan", "Ana", "Anjali", "Ayşe", "Camila", "Chidi", "Daniyar", "Elif", "Emeka"),
    *("Fatima", "Grace", "Hana", "Haruto", "Isabel", "Jonas", "José", "Lena", "Liam", "Lucas"),
    *("Malika", "Maria", "Mateus", "Mehmet", "Nadia", "Olga", "Omar", "Priya", "Rustam", "Sofía"),
    *("Sunita", "Timur", "Valentina", "Wanjiru", "Youssef", "Yuki"),
)
FAMILY_NAMES = (
    *("Abdullaev", "Adeyemi", "Akhmetova", "Bauer", "Bennani", "Costa", "dela Cruz", "Demir", "El-Sayed", "Fischer"),
    *("García", "Gurung", "Hansen", "Iyer", "Jensen", "Kamau", "Karimov", "Kaya", "Kim", "Lima"),
    *("Martínez", "Mwangi", "Nakamura", "O'Connor", "Okafor", "Oliveira", "Patel", "Ramos", "Rossi", "Santos"),
    *("Sharma", "Silva", "Suleimenov", "Tanaka", "Thapa", "Wright"),
)

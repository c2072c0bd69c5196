"""The review page in a browser, as a person has it before the eyes."""


class Page:
    """A browser as a person uses it: keys, and what is to be seen."""

    def __init__(self, driver) -> None:
        self.driver = driver

    def open(self, review, view: str) -> None:
        self.driver.get("about:blank")
        self.driver.get(f"{review.address}#/{view}")

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def run(self, script: str, *arguments):
        return self.driver.execute_script(script, *arguments)

    def texts(self, selector: str) -> list[str]:
        return self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def until(self, what, *arguments):
        """Wait until a script, or a function, gives something true, and return that."""
        from selenium.webdriver.support.ui import WebDriverWait

        ask = what if callable(what) else lambda: self.run(f"return {what}", *arguments)
        return WebDriverWait(self.driver, 20, poll_frequency=0.02).until(lambda _: ask(), f"{what} {arguments}")

    def said(self, text: str) -> None:
        self.until("document.getElementById('said').textContent.includes(arguments[0])", text)

    def errors(self) -> list[str]:
        """What the browser complained of, but for answers that were refused and servers that have ended."""
        lines = [entry["message"] for entry in self.driver.get_log("browser")]
        return [line for line in lines if "status of 409" not in line and "ERR_CONNECTION" not in line]
